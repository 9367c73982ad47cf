/// An answer that says no, in the provider's words.
struct ProviderError: Error, Sendable, Equatable {
    let status: Int
    let id: String
    let message: String
    var headers: [String: String] = [:]
    /// Tags have an error body of their own.
    var hasRootCauses = false

    init(_ status: Int, _ id: String, _ message: String) {
        self.status = status
        self.id = id
        self.message = message
    }

    static let unauthorized = ProviderError(401, "unauthorized", "Unable to authenticate you")
    static let forbidden = ProviderError(403, "Forbidden", "You are not authorized to perform this operation")
    static let notFound = ProviderError(
        404, "not_found", "The resource you were accessing could not be found.")
    static let serverError = ProviderError(500, "server_error", "Unexpected server-side error")
    static let unavailable = ProviderError(503, "service_unavailable", "Service is currently unavailable.")
    static let pendingEvent = unprocessable("Droplet already has a pending event.")
    static let dropletLimit = unprocessable("creating this/these droplet(s) will exceed your droplet limit")

    static func badRequest(_ message: String) -> ProviderError { ProviderError(400, "bad_request", message) }

    static func unprocessable(_ message: String) -> ProviderError {
        ProviderError(422, "unprocessable_entity", message)
    }

    /// `retryAfter` in seconds is sent only for a burst, as the provider does.
    static func tooManyRequests(_ message: String = "Too many requests", retryAfter: Int? = nil) -> ProviderError {
        var error = ProviderError(429, "too_many_requests", message)
        if let retryAfter { error.headers["retry-after"] = String(retryAfter) }
        return error
    }

    static func badTag(_ message: String) -> ProviderError {
        var error = ProviderError.badRequest(message)
        error.hasRootCauses = true
        return error
    }

    func body(requestID: String) -> JSON {
        if hasRootCauses { return ["error": .string(id), "messages": [.string(message)], "root_causes": []] }
        return ["id": .string(id), "message": .string(message), "request_id": .string(requestID)]
    }
}
