internal import Storage

/// Compares a row's spec with its live values byte by byte. Nearly every resource is as it was asked to be, and then this is all
/// that has to be done; where bytes differ, meanings may still be the same, and the row is read in full.
enum RawComparison {
    case asAsked(unknownFields: Int)
    case cannotTell

    /// - Parameter row: begins with `ComparedResource.columns`.
    static func compare(_ row: any Row) -> RawComparison {
        guard row.bytes(3) == nil, var spec = RawMembers(row.bytes(1)) else { return .cannotTell }
        var unknown = 0
        while spec.next() {
            let isEqual: Bool?
            if let column = column(of: spec.key) {
                isEqual = compare(spec, withText: row.bytes(column))
            } else if spec.key.isSame(as: "tags") {
                isEqual = row.bytes(8).map { spec.value.isSame(as: $0) } ?? false
            } else {
                isEqual = compare(spec, with: row.bytes(9))
            }
            guard let isEqual else {
                unknown += 1
                continue
            }
            guard isEqual else { return .cannotTell }
        }
        return spec.isAtEnd ? .asAsked(unknownFields: unknown) : .cannotTell
    }

    /// Which column of the row holds the field, of those that hold text.
    private static func column(of key: UnsafeRawBufferPointer) -> Int? {
        switch key.count {
        case 4 where key.isSame(as: "name"): 4
        case 6 where key.isSame(as: "region"): 5
        case 6 where key.isSame(as: "status"): 6
        case 9 where key.isSame(as: "size_slug"): 7
        default: nil
        }
    }

    private static func compare(_ spec: RawMembers, withText text: UnsafeRawBufferPointer?) -> Bool {
        guard let text, spec.value.first == UInt8(ascii: "\""), !spec.hasEscape else { return false }
        return UnsafeRawBufferPointer(rebasing: spec.value.dropFirst().dropLast()).isSame(as: text)
    }

    /// Nil: the attributes have no such member.
    private static func compare(_ spec: RawMembers, with attrs: UnsafeRawBufferPointer?) -> Bool? {
        guard var members = RawMembers(attrs) else { return false }
        while members.next() {
            if members.key.isSame(as: spec.key) { return members.value.isSame(as: spec.value) }
        }
        // Attributes that cannot be walked to their end may have it all the same: false, so that they are read in full.
        return members.isAtEnd ? nil : false
    }
}
