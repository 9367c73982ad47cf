import CHTTP
import Testing

/// Which addresses count as public: a name that resolves to one of the others must not be a way in.
@Suite struct AddressTests {
    @Test(arguments: [
        ("8.8.8.8", CHTTP_PUBLIC), ("104.16.181.15", CHTTP_PUBLIC), ("2606:4700::6810:b50f", CHTTP_PUBLIC),
        ("127.0.0.1", CHTTP_LOOPBACK), ("127.255.0.3", CHTTP_LOOPBACK), ("::1", CHTTP_LOOPBACK),
        ("10.0.0.1", CHTTP_PRIVATE), ("172.16.0.1", CHTTP_PRIVATE), ("172.31.255.255", CHTTP_PRIVATE),
        ("192.168.1.1", CHTTP_PRIVATE), ("100.64.0.1", CHTTP_PRIVATE), ("fd00::1", CHTTP_PRIVATE),
        ("172.32.0.1", CHTTP_PUBLIC), ("172.15.255.255", CHTTP_PUBLIC), ("100.128.0.1", CHTTP_PUBLIC),
        ("169.254.169.254", CHTTP_LINK_LOCAL), ("fe80::1", CHTTP_LINK_LOCAL),
        ("0.0.0.0", CHTTP_SPECIAL), ("::", CHTTP_SPECIAL), ("224.0.0.1", CHTTP_SPECIAL), ("ff02::1", CHTTP_SPECIAL),
        ("255.255.255.255", CHTTP_SPECIAL), ("2001:db8::1", CHTTP_SPECIAL), ("192.0.2.7", CHTTP_SPECIAL),
    ])
    func `an address belongs to its class`(address: String, expected: Int) {
        #expect(chttp_address_class(address) == Int32(expected))
    }

    @Test(arguments: [
        ("::ffff:127.0.0.1", CHTTP_LOOPBACK), ("::ffff:169.254.169.254", CHTTP_LINK_LOCAL),
        ("::ffff:8.8.8.8", CHTTP_PUBLIC), ("64:ff9b::10.0.0.1", CHTTP_PRIVATE), ("2002:7f00:1::", CHTTP_LOOPBACK),
        ("::10.1.2.3", CHTTP_PRIVATE),
    ])
    func `an IPv4 address inside an IPv6 one counts as what it is`(address: String, expected: Int) {
        #expect(chttp_address_class(address) == Int32(expected))
    }

    @Test func `what is no address has no class`() { #expect(chttp_address_class("example.com") == 0) }
}
