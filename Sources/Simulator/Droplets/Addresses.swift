/// The addresses of one droplet, never given twice.
struct Addresses: Sendable {
    let number: Int

    var publicV4: String { "134.\(128 + number >> 16 & 127).\(number >> 8 & 255).\(number & 255)" }
    var privateV4: String { "10.\(100 + number >> 16 & 31).\(number >> 8 & 255).\(number & 255)" }
    var publicV6: String { "2604:a880:400:d0::\(String(0x1000 + number, radix: 16)):1" }

    func networks(hasPublic: Bool, hasV6: Bool) -> JSON {
        let v4 = hasPublic ? [publicNetwork, privateNetwork] : [privateNetwork]
        let v6: JSON = [
            "ip_address": .string(publicV6), "netmask": 64, "gateway": "2604:a880:400:d0::1", "type": "public",
        ]
        return ["v4": .array(v4), "v6": hasPublic && hasV6 ? [v6] : []]
    }

    private var publicNetwork: JSON {
        [
            "ip_address": .string(publicV4), "netmask": "255.255.240.0",
            "gateway": .string("134.\(128 + number >> 16 & 127).0.1"), "type": "public",
        ]
    }

    private var privateNetwork: JSON {
        [
            "ip_address": .string(privateV4), "netmask": "255.255.0.0",
            "gateway": .string("10.\(100 + number >> 16 & 31).0.1"), "type": "private",
        ]
    }
}
