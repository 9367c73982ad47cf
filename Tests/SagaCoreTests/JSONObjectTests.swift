import SagaCore
import Testing

@Suite struct JSONObjectTests {
    @Test func `members stay in the order written, also when one is changed`() {
        var object: JSONObject = ["b": 1, "a": 2]
        object["c"] = 3
        object["b"] = 4
        #expect(object.keys == ["b", "a", "c"])
        #expect(object.map(\.value) == [4, 2, 3])
        object["a"] = nil
        object["missing"] = nil
        #expect(object.keys == ["b", "c"])
        #expect(object.count == 2 && !object.isEmpty && JSONObject().isEmpty)
    }

    @Test func `a member can be null, which is not the same as missing`() {
        var object: JSONObject = [:]
        object["a"] = .some(.null)
        #expect(object["a"] == .some(.null))
        #expect(object["b"] == nil)
        #expect(object != [:])
    }

    @Test func `the order of members does not matter for equality and hash`() {
        let ab: JSONObject = ["a": 1, "b": ["c": 1, "d": 2]]
        let ba: JSONObject = ["b": ["d": 2, "c": 1], "a": 1]
        #expect(ab == ba)
        #expect(ab.hashValue == ba.hashValue)
        #expect(ab != ["a": 1])
        #expect(ab != ["a": 1, "b": 2])
        #expect(["a": 1, "b": 2] as JSONObject != ["a": 2, "b": 1])
        #expect((["a": 1, "b": 2] as JSONObject).hashValue != (["a": 2, "b": 1] as JSONObject).hashValue)
    }

    @Test(arguments: [1, 2, 15, 16, 17, 18, 100])
    func `lookup, change and removal work at every size`(count: Int) {
        var object = JSONObject()
        for number in 0..<count { object["k\(number)"] = .int(Int64(number)) }
        #expect(object.count == count)
        for number in 0..<count { #expect(object["k\(number)"] == .int(Int64(number))) }
        #expect(object["k\(count)"] == nil)
        for number in stride(from: 0, to: count, by: 2) { object["k\(number)"] = nil }
        #expect(object.keys == stride(from: 1, to: count, by: 2).map { "k\($0)" })
        for number in 0..<count { #expect((object["k\(number)"] != nil) == (number % 2 == 1)) }
        object["k0"] = "again"
        #expect(object.keys.last == "k0")
        #expect(object["k0"] == "again")
    }

    @Test func `merging takes the other's value, is shallow, and keeps places`() {
        var object: JSONObject = ["a": ["x": 1], "b": 2]
        object.merge(["c": 3, "a": ["y": 1]])
        #expect(object == ["a": ["y": 1], "b": 2, "c": 3])
        #expect(object.keys == ["a", "b", "c"])
    }

    @Test func `values answer for their own type only`() {
        let all: [JSONValue] = [.null, true, 1, .number("1.5"), "a", [1], ["a": 1]]
        #expect(all.map(\.typeName) == ["null", "boolean", "integer", "number", "string", "array", "object"])
        #expect(all.map { $0.boolValue != nil } == [false, true, false, false, false, false, false])
        #expect(all.map { $0.intValue != nil } == [false, false, true, false, false, false, false])
        #expect(all.map { $0.doubleValue != nil } == [false, false, true, true, false, false, false])
        #expect(all.map { $0.stringValue != nil } == [false, false, false, false, true, false, false])
        #expect(all.map { $0.arrayValue != nil } == [false, false, false, false, false, true, false])
        #expect(all.map { $0.objectValue != nil } == [false, false, false, false, false, false, true])
        #expect(all.map { $0["a"] != nil } == [false, false, false, false, false, false, true])
    }
}
