extension UnreadableJSON {
    /// Says it to the person who wrote the JSON.
    init(_ error: any Error, place: String) {
        guard let error = error as? DecodingError else {
            message = "`\(place)` cannot be read: \(error)"
            return
        }
        message =
            switch error {
            case .keyNotFound(let key, let context):
                "`\(place.path(context.codingPath + [key]))` is missing"
            case .valueNotFound(let type, let context):
                "`\(place.path(context.codingPath))` is null, expected \(words(for: type))"
            case .typeMismatch(let type, let context):
                "`\(place.path(context.codingPath))` is not \(words(for: type))"
            case .dataCorrupted(let context) where context.codingPath.isEmpty:
                // The decoder does not tell one from the other, nor where it is.
                "`\(place)` cannot be read: not JSON, or a number in it does not fit"
            case .dataCorrupted(let context):
                "`\(place.path(context.codingPath))` cannot be read: \(context.debugDescription)"
            @unknown default:
                "`\(place)` cannot be read: \(error)"
            }
    }
}

extension UnwritableJSON {
    init(_ error: any Error, place: String) {
        guard case EncodingError.invalidValue(let value, let context)? = error as? EncodingError else {
            message = "\(place) cannot be written as JSON: \(error)"
            return
        }
        message = "`\(place.path(context.codingPath))` cannot be written as JSON: \(value)"
    }
}

extension String {
    /// eg: "with.disks[2].size"
    fileprivate func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: self) { path, key in
            if let index = key.intValue { path += "[\(index)]" } else { path += "." + key.stringValue }
        }
    }
}

/// What a JSON author calls a Swift type.
private func words(for type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any FixedWidthInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is [Any].Type: "a list"
    case is [String: Any].Type: "an object"
    default: "of type \(type)"
    }
}
