// Nothing here runs for a text that is JSON, so it may take its time to find the fact that helps most.
extension JSONParser {
    func error(_ fact: JSONError.Fact) -> JSONError { error(fact, at: at) }

    func error(_ fact: JSONError.Fact, at offset: Int) -> JSONError {
        JSONError(fact: fact, position: JSONPosition(of: offset, in: bytes))
    }

    /// The bytes as text, for a message or for a number, which is ASCII.
    func text(from first: Int, to end: Int) -> String {
        String(decoding: bytes[first..<min(end, count)], as: UTF8.self)
    }

    /// What stands here fits nowhere in JSON, or not in this place; `expected` is nil after the end of the value.
    func misfit(expected: JSONError.Expected?) -> JSONError {
        guard at < count else { return end(expected: expected) }
        guard let scalar = scalar() else { return error(.notUTF8(byte: start[at])) }
        switch scalar {
        case "\u{FEFF}" where at == 0: return error(.byteOrderMark)
        case "#": return error(.comment)
        case "/" where ["/", "*"].contains(peek(1)): return error(.comment)
        default: break
        }
        switch expected {
        case nil: return error(.afterTheEnd(found(scalar)))
        case .value?, .valueOrBracket?: return error(valueMisfit(scalar) ?? unexpected(scalar, expected))
        case .key?, .keyOrBrace?: return error(keyMisfit(scalar) ?? unexpected(scalar, expected))
        default: return error(unexpected(scalar, expected))
        }
    }

    func missingComma(in part: JSONError.Part, expected: JSONError.Expected) -> JSONError {
        guard at < count else { return end(expected: expected) }
        let opening = [Byte.quote, Byte.openBrace, Byte.openBracket, Byte.minus]
        let startsSomething = Byte.isWord(start[at]) || opening.contains(start[at])
        return startsSomething ? error(.missingComma(in: part)) : misfit(expected: expected)
    }

    /// The error stands at the comma, which is what has to go.
    func trailingComma() -> JSONError {
        let comma = bytes[..<at].lastIndex(of: Byte.comma) ?? at
        return error(.trailingComma(before: text(from: at, to: at + 1)), at: comma)
    }

    func repeated(_ key: String, at second: Int, inObjectAt opening: Int) -> JSONError {
        let first = JSONPosition(of: firstPlace(of: key, inObjectAt: opening) ?? opening, in: bytes)
        return error(.duplicateKey(key, first: first), at: second)
    }

    /// Reads the object again, which costs nothing to those whose keys stand once.
    private func firstPlace(of key: String, inObjectAt opening: Int) -> Int? {
        var again = JSONParser<NoRecorder>(bytes, start, NoRecorder())
        again.at = opening + 1
        again.skipSpace()
        while true {
            let place = again.at
            guard let found = try? again.key(expected: .key), found != key else { return place }
            guard (try? again.value(expected: .value)) != nil else { return nil }
            again.skipSpace()
            guard again.take(Byte.comma) else { return nil }
            again.skipSpace()
        }
    }

    private func end(expected: JSONError.Expected?) -> JSONError {
        switch expected {
        case .key?, .keyOrBrace?, .colon?, .commaOrBrace?: ends(inside: .object, expected)
        case .valueOrBracket?, .commaOrBracket?: ends(inside: .array, expected)
        default: ends(inside: lastOpening(), expected)
        }
    }

    private func ends(inside part: JSONError.Part, _ expected: JSONError.Expected?) -> JSONError {
        error(.endsInside(part, expected: expected ?? .value))
    }

    /// A value is expected after a colon or after a comma of an array.
    private func lastOpening() -> JSONError.Part {
        let last = bytes[..<at].last { ![Byte.space, Byte.tab, Byte.newline, Byte.carriageReturn].contains($0) }
        return last == Byte.colon ? .object : .array
    }
}

// MARK: - Values and keys

extension JSONParser {
    private func valueMisfit(_ scalar: Unicode.Scalar) -> JSONError.Fact? {
        switch scalar {
        case "'": return .singleQuotes
        case ",": return bytes[..<at].last { $0 > Byte.space } == Byte.comma ? .doubleComma : nil
        case "+": return .leadingPlus(found(scalar))
        case "." where peek(1).map(\.properties.numericType) ?? nil != nil: return .leadingDot(found(scalar))
        default: break
        }
        let word = found(scalar)
        if ["nan", "infinity", "inf"].contains(word.lowercased()) { return .notANumber(word) }
        guard scalar == "_" || scalar == "$" || scalar.properties.isAlphabetic else { return nil }
        return .notAValue(word, meant: meaning(of: word.lowercased()))
    }

    private func meaning(of word: String) -> String? {
        switch word {
        case "none", "nil", "undefined", "nul": "null"
        case "true", "yes", "on", "ture", "tru": "true"
        case "false", "no", "off", "fals", "flase": "false"
        case "null": "null"
        default: nil
        }
    }

    private func keyMisfit(_ scalar: Unicode.Scalar) -> JSONError.Fact? {
        switch scalar {
        case "'": .singleQuotes
        case ",": bytes[..<at].last { $0 > Byte.space } == Byte.comma ? .doubleComma : nil
        case "_", "$", "0"..."9": .unquotedKey(found(scalar))
        case _ where scalar.properties.isAlphabetic: .unquotedKey(found(scalar))
        default: nil
        }
    }

    private func unexpected(_ scalar: Unicode.Scalar, _ expected: JSONError.Expected?) -> JSONError.Fact {
        .unexpected(found(scalar), expected: expected ?? .value)
    }

    /// What a message quotes: a whole word or number if one stands here, else the one character.
    private func found(_ scalar: Unicode.Scalar) -> String {
        let startsNumber = ["+", "-", "."].contains(scalar)
        let startsWord = Byte.isWord(start[at]) || scalar.properties.isAlphabetic
        guard startsNumber || startsWord else { return String(Character(scalar)) }
        var end = at + 1
        while end < count, end - at < 40, isPartOfWord(start[end]) || startsNumber && start[end] == Byte.dot {
            end += 1
        }
        while end < count, Byte.isContinuation(start[end]) { end += 1 }
        return text(from: at, to: end)
    }

    private func isPartOfWord(_ byte: UInt8) -> Bool { Byte.isWord(byte) || byte >= 0x80 }

    /// The character here; nil when the bytes are not UTF-8.
    private func scalar() -> Unicode.Scalar? {
        var rest = bytes[at...].prefix(4).makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&rest) else { return nil }
        return scalar
    }

    private func peek(_ offset: Int) -> Unicode.Scalar? {
        at + offset < count ? Unicode.Scalar(start[at + offset]) : nil
    }
}

// MARK: - Numbers and strings

extension JSONParser {
    /// The number that starts at `first` broke off, or off the grammar, at the present place.
    func numberMisfit(from first: Int) -> JSONError {
        var end = at
        while end < count, Byte.isWord(start[end]) || start[end] == Byte.dot { end += 1 }
        let whole = text(from: first, to: end)
        let upToHere = text(from: first, to: at)
        let digits = whole.drop { $0 == "-" }
        if ["infinity", "inf", "nan"].contains(digits.lowercased()) { return error(.notANumber(whole), at: first) }
        if digits.lowercased().hasPrefix("0x") { return error(.hexadecimal(whole), at: first) }
        guard let last = digits.utf8.first, last == Byte.zero, at > first, Byte.isDigit(start[at - 1]) else {
            return error(.missingDigit(after: upToHere), at: first)
        }
        return error(.leadingZero(whole, meant: withoutZeros(whole)), at: first)
    }

    private func withoutZeros(_ number: String) -> String {
        let sign = number.prefix { $0 == "-" }
        let digits = number.dropFirst(sign.count).drop { $0 == "0" }
        let startsWithDigit = digits.utf8.first.map(Byte.isDigit) ?? false
        return sign + (startsWithDigit ? "" : "0") + digits
    }

    func unknownEscape() -> JSONError {
        var end = at + 2
        while end < count, Byte.isContinuation(start[end]) { end += 1 }
        return error(.unknownEscape(text(from: at, to: end)))
    }

    /// The first byte from `first` on that is not UTF-8.
    func notUTF8(from first: Int) -> JSONError {
        var rest = bytes[first...].makeIterator()
        var parser = UTF8.ForwardParser()
        var offset = first
        while case .valid(let scalar) = parser.parseScalar(from: &rest) { offset += scalar.count }
        let broken = min(offset, count - 1)
        return error(.notUTF8(byte: start[broken]), at: broken)
    }
}
