internal import Glibc

/// Files and folders below a place. Links are taken for what they are, never followed.
public enum FileTree {
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Removes what is there, with all that is in it, as far as this process may; also what its owner may not write to.
    public static func remove(_ path: String) {
        guard isFolder(path) else {
            unlink(path)
            return
        }
        chmod(path, 0o700)
        for name in FolderListing.names(in: path, hidden: true) { remove(path + "/" + name) }
        rmdir(path)
    }
}
