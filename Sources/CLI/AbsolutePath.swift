internal import Glibc

/// A path as it is meant from wherever commands are typed later, and by whoever is told of it; an empty one stays empty.
func absolutePath(_ path: String) -> String {
    guard !path.isEmpty, !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return String(cString: here) + "/" + path
}
