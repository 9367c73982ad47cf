extension RunMachine {
    /// What is known about one step.
    public struct StepRecord: Sendable, Hashable {
        /// Nil: never reached.
        public var status: StepStatus?
        /// Of execute, from 1.
        public var attempt = 1
        public var output: JSONObject?
        /// The last failure of execute or compensate.
        public var error: StepError?
        public var checkpoint: JSONValue?
        /// An earlier attempt ended with nobody knowing what it did, so a later one that left nothing proves nothing.
        public var mayHaveActed = false
        /// The plugin image that executed it: the one to take it back.
        public var executedBy: PluginImage?
        /// Where it was executed, if another run did it; nil: here.
        public var execution: RunEvent.Execution?
        /// Another run did it and has it; what it put out is known here.
        public var isKnown: Bool { execution?.isKnown ?? false }
        /// The run that has gone on with it: it is that run's now, and not taken back here.
        public var givenTo: RunID?
        /// Why an operator took it back by hand; nil: nobody did.
        public var markReason: String?
        /// Why an operator left it out; nil: nobody did. It stays when what its attempts may have done is taken back.
        public var skipReason: String?
        /// Of compensate; 0: never tried.
        public var compensationAttempt = 0
        /// How often in a row the host stopped during a call of this step: a plugin that ends the process looks like this.
        public var interruptions = 0
        /// How often in a row a probe could not tell.
        public var probes = 0
        /// Nothing is done with it before that moment; nil: it does not wait.
        public internal(set) var timer: Timestamp?
        /// The plugin is asked what became of the last call.
        public internal(set) var isProbing = false
        /// It is not gone on with: something else in the run failed, or an operator said so.
        public internal(set) var isStopping = false
        /// What has to be known first.
        public internal(set) var question: Question?
        /// The event that lets its next call begin, marked so that steps of one event differ.
        public internal(set) var licence = 0
        /// When its turn came; nil: it never did.
        public internal(set) var begunAt: Timestamp?
        /// Which doing of it this is, where a scope around it was begun again: part of its keys. eg: "#2"
        public internal(set) var round = ""
        /// Its place in the order in which things were done.
        var order = 0

        public init() {}
    }
}
