internal import Glibc

enum Pause {
    static func milliseconds(_ milliseconds: Int64) { usleep(UInt32(max(0, milliseconds)) * 1000) }
}
