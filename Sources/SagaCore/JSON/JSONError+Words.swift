extension JSONError {
    /// What is wrong, in one sentence without the position: `a comma before "}"; expected another member, or no comma`.
    public var message: String {
        switch fact {
        case .empty: "the text is empty; expected a JSON value"
        case .byteOrderMark: "the text starts with a byte order mark; expected UTF-8 without one"
        case .notUTF8(let byte): "the byte 0x\(hex(byte, digits: 2)) is not UTF-8; expected text in UTF-8"
        case .endsInside(let part, let expected): "the text ends inside \(words(part)); expected \(words(expected))"
        case .unexpected(let found, let expected): "\"\(found)\" stands here; expected \(words(expected))"
        case .afterTheEnd(let found): "\"\(found)\" stands after the end of the JSON value; expected nothing more"
        case .tooDeep(let limit): "objects and arrays are nested deeper than \(limit); expected at most \(limit) levels"

        case .duplicateKey(let key, let first): "\"\(key)\" stands twice in one object, first on line \(first.line)"
        case .unquotedKey(let key): "the key \"\(key)\" has no quotes; expected double quotes around it"
        case .trailingComma("}"): "a comma before \"}\"; expected another member, or no comma"
        case .trailingComma(let bracket): "a comma before \"\(bracket)\"; expected another item, or no comma"
        case .doubleComma: "two commas in a row; expected one"
        case .missingComma(.object): "no comma between two members; expected \",\" before this one"
        case .missingComma: "no comma between two items; expected \",\" before this one"

        case .comment: "a comment; JSON has none"
        case .singleQuotes: "a text in single quotes; expected double quotes"
        case .notAValue(let word, let meant?): "\"\(word)\" is not a JSON value; expected `\(meant)`"
        case .notAValue(let word, nil): "\"\(word)\" is not a JSON value; expected double quotes around a text"

        case .lineBreakInString:
            "a string with a line break in it; expected its closing quote, or \"\\n\" for the break"
        case .controlCharacter(0x09): "a string with a tab in it; expected \"\\t\" for the tab"
        case .controlCharacter(let byte): words(controlCharacter: hex(byte, digits: 4))
        case .unknownEscape(let escape):
            "\"\(escape)\" is not an escape of JSON; expected \"\\\\\" for a backslash"
        case .shortUnicodeEscape(let escape):
            "\"\(escape)\" is cut short; expected four hexadecimal digits after \"\\u\""
        case .loneSurrogate(let escape, isFirstHalf: true):
            "\"\(escape)\" is the first half of a surrogate pair; expected the second half after it"
        case .loneSurrogate(let escape, isFirstHalf: false):
            "\"\(escape)\" is the second half of a surrogate pair; expected the first half before it"

        case .leadingZero(let number, let meant): "\"\(number)\" starts with a zero; expected \"\(meant)\""
        case .leadingPlus(let number): "\"\(number)\" starts with a plus; expected \"\(number.dropFirst())\""
        case .leadingDot(let number): "\"\(number)\" starts with a dot; expected \"0\(number)\""
        case .missingDigit(let number): "\"\(number)\" is cut short; expected a digit after it"
        case .hexadecimal(let number): "\"\(number)\" is hexadecimal; expected a decimal number"
        case .notANumber(let word): "\"\(word)\" is not a JSON number; expected digits, or `null` for no number"
        }
    }

    private func words(_ part: Part) -> String {
        switch part {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        }
    }

    private func words(_ expected: Expected) -> String {
        switch expected {
        case .value: "a value"
        case .valueOrBracket: "a value or \"]\""
        case .key: "a key in double quotes"
        case .keyOrBrace: "a key in double quotes or \"}\""
        case .colon: "\":\" after the key"
        case .commaOrBrace: "\"}\" or \",\""
        case .commaOrBracket: "\"]\" or \",\""
        case .quote: "its closing quote"
        }
    }

    private func words(controlCharacter code: String) -> String {
        "a string with the control character U+\(code) in it; expected \"\\u\(code)\""
    }

    private func hex(_ byte: UInt8, digits: Int) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
