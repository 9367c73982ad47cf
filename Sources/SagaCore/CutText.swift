extension String {
    /// So many characters of it at most; `…` stands for the rest.
    public func cut(to most: Int) -> String { count > most ? prefix(most - 1) + "…" : self }
}
