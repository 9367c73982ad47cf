internal import CPluginSDK

/// A file of the SDKs and templates, which this program carries in itself.
struct SDKFile {
    /// Below the folder `sdk`. eg: "templates/c/greeter.c"
    let path: String
    let text: String

    static let all: [SDKFile] = (0..<arcadia_sdk_count()).map { index in
        let file = arcadia_sdk_file(index)
        let bytes = UnsafeBufferPointer(start: file.bytes, count: file.count)
        return SDKFile(path: String(cString: file.path), text: String(decoding: bytes, as: UTF8.self))
    }
}
