internal import Glibc
internal import SagaCore

/// Exchanges on file: recorded from a real run, played back in a plugin author's test. One JSON object a line, without
/// the token and without the headers that the host adds. The run's id stands there as `{run}`, wherever it comes: the next
/// run has another, and plugins write it into keys and names.
///
/// ```json
/// {"request":{"method":"GET","url":"https://api.example.com/v1/x"},"answer":{"status":200,"headers":{},"body":"{}"}}
/// {"request":{"method":"POST","url":"…","body":"{}"},"failure":{"code":"network","message":"…","sent":true}}
/// ```
public final class Cassette: Sendable {
    private struct Exchange: Sendable {
        let method: String
        let url: String
        let body: String
        let answer: HTTPAnswer
        var isUsed = false
    }

    private let file: String
    private let isRecording: Bool
    private let exchanges: Monitor<[Exchange]>

    /// Starts a recording, or goes on with one: a resumed run belongs to what was recorded before it was cut off.
    ///
    /// - Throws: a sentence.
    public init(recordingTo file: String) throws(CassetteProblem) {
        // Bodies may hold what is nobody else's business.
        let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CassetteProblem("\(file) cannot be written: \(systemError())")
        }
        close(descriptor)
        self.file = file
        isRecording = true
        exchanges = Monitor([])
    }

    /// Plays a recording: each exchange once, to the first request with its method, URL and body.
    ///
    /// - Parameter text: what the file holds; nil: there is no such file.
    public init(playing file: String, text: String?) throws(CassetteProblem) {
        guard let text else { throw CassetteProblem("there is no recording \(file)") }
        self.file = file
        isRecording = false
        var read: [Exchange] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            guard let exchange = Self.exchange(String(line)) else {
                throw CassetteProblem(
                    "\(file):\(index + 1) is not an exchange; expected {\"request\": …, \"answer\": …}")
            }
            read.append(exchange)
        }
        exchanges = Monitor(read)
    }

    var isPlaying: Bool { !isRecording }

    /// The answer on file; nil while recording: make the request.
    func play(_ attempt: HTTPTry, run: String?) -> HTTPAnswer? {
        guard !isRecording else { return nil }
        let body = Self.general(String(decoding: attempt.body ?? [], as: UTF8.self), run)
        let url = Self.general(attempt.target.url, run)
        return exchanges.withLock { exchanges in
            let place = exchanges.firstIndex {
                !$0.isUsed && $0.method == attempt.method && $0.url == url && $0.body == body
            }
            guard let place else {
                let failure = HTTPFailure.cassetteHasNoAnswer(
                    file: file, method: attempt.method, url: attempt.target.url)
                return HTTPAnswer(failure, wasSent: false)
            }
            exchanges[place].isUsed = true
            return exchanges[place].answer.replacing(Self.placeholder, with: run ?? "")
        }
    }

    private static let placeholder = "{run}"

    /// The text for any run.
    private static func general(_ text: String, _ run: String?) -> String {
        run.map { text.replacing($0, with: placeholder) } ?? text
    }

    /// Writes an exchange down; the answer has no token in it any more.
    func record(_ attempt: HTTPTry, _ answer: HTTPAnswer, run: String?) {
        guard isRecording else { return }
        var request: JSONObject = [
            "method": .string(attempt.method), "url": .string(Self.general(attempt.target.url, run)),
        ]
        if let body = attempt.body {
            request["body"] = .string(Self.general(String(decoding: body, as: UTF8.self), run))
        }
        var line: JSONObject = ["request": .object(request)]
        if let failure = answer.failure {
            line["failure"] = [
                "code": .string(HostTable.name(of: failure.code)), "message": .string(failure.message),
                "sent": .bool(answer.wasSent),
            ]
        } else {
            var headers = JSONObject()
            for (name, _) in answer.headers { headers[name] = answer.header(name).map(JSONValue.string) }
            line["answer"] = [
                "status": .int(Int64(answer.status)), "headers": .object(headers),
                "body": .string(Self.general(String(decoding: answer.body, as: UTF8.self), run)),
            ]
        }
        let text = JSONValue.object(line).text + "\n"
        exchanges.withLock { _ in
            guard let stream = fopen(file, "ae") else { return }
            fputs(text, stream)
            fclose(stream)
        }
    }

    private static func exchange(_ line: String) -> Exchange? {
        guard let value = try? JSONValue(parsing: line), let method = value["request"]?["method"]?.stringValue,
            let url = value["request"]?["url"]?.stringValue, let answer = answer(value)
        else { return nil }
        return Exchange(method: method, url: url, body: value["request"]?["body"]?.stringValue ?? "", answer: answer)
    }

    private static func answer(_ value: JSONValue) -> HTTPAnswer? {
        if let failure = value["failure"] {
            let (code, message) = (failure["code"]?.stringValue ?? "network", failure["message"]?.stringValue ?? "")
            return HTTPAnswer(
                .replayed(code: code, message: message), wasSent: failure["sent"]?.boolValue ?? true)
        }
        guard let status = value["answer"]?["status"]?.intValue else { return nil }
        let headers = (value["answer"]?["headers"]?.objectValue ?? [:]).map {
            (name: $0.key.lowercased(), value: $0.value.stringValue ?? "")
        }
        return HTTPAnswer(
            status: Int(status), headers: headers, body: Array((value["answer"]?["body"]?.stringValue ?? "").utf8))
    }
}

/// Why a recording cannot be used; a sentence.
public struct CassetteProblem: Error {
    public let message: String
    init(_ message: String) { self.message = message }
}
