/// Random bytes from the kernel's generator.
enum Randomness {
    static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// 256 bits as 43 characters that need no escape anywhere.
    static func word() -> String { Base64URL.encode(bytes(32)) }
}
