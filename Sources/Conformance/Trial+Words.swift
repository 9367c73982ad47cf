extension Trial {
    /// What holds when it passes: a sentence without its full stop.
    public var title: String { words.title }
    /// What a plugin has to do, where the title does not say it all.
    public var expected: String { words.expected }
    /// What its author does about it.
    public var fix: String { words.fix }

    private typealias Words = (title: String, expected: String, fix: String)

    private var words: Words { Self.known[id]! }

    private static let known: [String: Words] = [
        // The files
        "A01": (
            "The library is a shared object for this machine", "a whole ELF file, shared, for this machine",
            "build it with -shared, here or with a cross compiler, and copy all of it"
        ),
        "A02": (
            "plugin.json is there and makes sense", "a manifest that the host takes, in a folder named like its id",
            "mend the manifest; `arcadia plugins list` says the same"
        ),
        "A03": (
            "The version has three numbers", "a semantic version, such as 1.2.0",
            "write the version as MAJOR.MINOR.PATCH"
        ),
        "A05": (
            "The library exports the entry", "arcadia_plugin_entry_v1 among its exports",
            "define it with ARCADIA_EXPORT, and link with sdk/link/one-symbol.map"
        ),
        "A06": (
            "The library exports nothing else", "one exported symbol",
            "link with -Wl,--version-script=sdk/link/one-symbol.map"
        ),
        "A07": (
            "Every library that it needs is on this machine", "each NEEDED library to be found",
            "link statically what is not part of every system; `ldd` shows what it needs"
        ),
        "A08": (
            "Every symbol that it needs is in those libraries", "no undefined symbol",
            "link with -Wl,-z,defs, which tells at build time"
        ),
        "A09": (
            "No memory of it is both written and executed",
            "no executable stack, no TEXTREL, no segment W+X, RELRO and immediate binding",
            "compile with -fPIC, link with -Wl,-z,noexecstack,-z,relro,-z,now"
        ),
        "A10": (
            "It looks for libraries beside itself only", "RUNPATH below $ORIGIN, or none",
            "link without -rpath, or with -Wl,-rpath,'$ORIGIN'"
        ),
        "A11": (
            "It may be loaded beside any other", "no static TLS, no symbol unique in the process",
            "compile with -ftls-model=global-dynamic, C++ with -fno-gnu-unique"
        ),
        "A12": (
            "Nothing of it runs when it is loaded", "no constructors",
            "move what they do into `create`"
        ),
        "A13": (
            "Every operation says what it does", "a summary of each operation",
            "write `summary`; it is what `plugins show` prints"
        ),
        "A14": (
            "The language is the one that plugin.json says", "`language` as in the library",
            "mend `language` in plugin.json"
        ),
        "A16": (
            "Nobody else can write to it", "files and folders of root or of the user, not writable by others, no links",
            "`chmod -R go-w` on the folder; install regular files"
        ),
        "A18": (
            "It asks for no more than a few hosts and folders", "hosts by name, and folders of its own",
            "name each host, and make the folder a key of the config"
        ),
        "A19": (
            "The examples fit the schemas", "each example's `with` and `output` as the schemas say",
            "mend the example or the schema"
        ),
        // Loading
        "B01": (
            "It is loaded, within 2 seconds", "dlopen with RTLD_NOW and RTLD_LOCAL, in a worker",
            "do nothing in constructors"
        ),
        "B02": (
            "Loading it leaves the process as it was",
            "no thread, open file, signal handler, folder, umask, environment or locale that was not there before",
            "do nothing in constructors"
        ),
        "B03": (
            "Its entry answers", "a pointer to arcadia_plugin, at once",
            "return the table; refuse only where it can never work, and log why"
        ),
        "B04": (
            "Its entry leaves the process as it was",
            "no thread, open file, signal handler, folder, umask, environment or locale that was not there before",
            "keep the host's pointer and return; start things in `create`"
        ),
        "B05": (
            "It takes a host that is newer", "the same answer to a host with a longer table and a higher minor",
            "compare with >=, and use ARCADIA_HAS before a field"
        ),
        "B06": (
            "Its table is as long as it says, and this host new enough",
            "struct_size as compiled, min_host_minor up to this host's",
            "set struct_size to sizeof, and min_host_minor to what it cannot do without"
        ),
        "B07": (
            "Its table says the same as plugin.json", "the same id, version, operations, compensate and probe",
            "make one from the other, or mend the one that is behind"
        ),
        "B08": (
            "It knows no extensions that nobody knows", "NULL for ids that it does not know, whatever their length",
            "compare the whole id"
        ),
        "B09": (
            "Two copies of it work side by side", "both loaded, both answering, in one process",
            "keep nothing in what the whole process shares"
        ),
        "B10": ("It prints nothing when it is loaded", "an empty stdout and stderr", "say it through host->log"),
        // Instances
        "C01": (
            "It takes a config that its schema allows", "ARCADIA_OK from create, with defaults and temporary folders",
            "narrow the schema, or put what a check needs into check.json under `config`"
        ),
        "C02": (
            "Instances made and destroyed leave nothing", "no memory, thread or open file more after 400 of them",
            "free in `destroy` what `create` took"
        ),
        "C03": (
            "Making an instance leaves the process as it was",
            "no signal handler, folder, umask, environment or locale that was not there before",
            "leave the process alone (R9)"
        ),
        "C04": (
            "destroy comes back within a second", "no call is in flight: end threads, close files, return",
            "wake its threads before waiting for them"
        ),
        "C05": (
            "health comes back within a second", "ARCADIA_OK, or fail() with the reason",
            "look at what is at hand; ask no slow service"
        ),
        // Calls
        "D01": (
            "Every example can be executed", "ARCADIA_OK, and an output as its schema says",
            "mend the operation, or give it a sample in check.json under `operations`"
        ),
        "D02": (
            "The status goes with what was said", "fail() with FAILED only, suspend() with SUSPENDED, found() in probe",
            "return what was said, and say what is returned"
        ),
        "D03": (
            "Input that makes no sense is refused", "no crash; ARCADIA_E_INPUT with ARCADIA_EFFECT_NONE",
            "look at what each reader returns; 0 is absent, -1 another type"
        ),
        "D04": (
            "Nothing that it is lent is used after the call", "copies of what it keeps",
            "copy texts that have to outlive the call"
        ),
        "D05": (
            "Texts are read by their length", "no byte read behind arcadia_str.len",
            "use ptr with len: there is no NUL at the end"
        ),
        "D06": (
            "A checkpoint that is not written stops the step", "no ARCADIA_OK after checkpoint() returned non-zero",
            "look at what checkpoint() returns; fail with the effect as it is"
        ),
        "D07": (
            "A writer that refuses crashes nothing", "no crash when put_… or result() returns -1",
            "look at what writers return"
        ),
        "D08": (
            "It copes without the service that it asks for", "fail() with the reason, when service() returns NULL",
            "look at what service() returns"
        ),
        "D09": (
            "Calls at once do not mix", "the same output beside other calls as alone, as `concurrency` full says",
            "keep nothing of a call in globals, or say \"serial\""
        ),
        "D10": (
            "suspend() and found() are called on the call's own thread", "functions tagged [call] on that thread",
            "hand the outcome back to the call's thread"
        ),
        "D11": (
            "What it hands over is text, JSON and paths", "UTF-8, valid JSON, /output or /checkpoint",
            "encode before handing over, and look at what writers return"
        ),
        "D12": ("It prints nothing in a call", "an empty stdout and stderr", "say it through host->log"),
        "D13": (
            "A call leaves the process as it was",
            "signal handlers, blocked signals, folder, umask, environment, locale and files 0 to 2 as before",
            "leave the process alone (R9); use openat and the *_l functions"
        ),
        "D14": (
            "Calls do not leave threads and open files behind", "no more of them after each call",
            "close on every way out of the function"
        ),
        "D15": (
            "A failure says why, in one line", "a message for an operator with every fail()",
            "name the key and the value, in one line"
        ),
        "D16": (
            "A call that is over is left alone", "no host function with a handle whose function returned",
            "join threads before returning"
        ),
        "D17": (
            "The same input gives the same output", "equal outputs for one key in two worlds alike",
            "derive names from the idempotency key, not from chance or the clock"
        ),
        "D18": (
            "A stack of 1 MiB is enough", "no crash on the smallest stack that a host gives",
            "put large buffers on the heap"
        ),
        "D19": (
            "A request without an answer leaves the effect open", "not ARCADIA_EFFECT_NONE, once it was sent",
            "take the effect that http->error() gives"
        ),
        "D20": (
            "Answers that make no sense crash nothing", "fail() with the reason, whatever comes back",
            "look at status and body before reading them"
        ),
        "E01": (
            "It stops when it was cancelled before it began", "a return within 2 seconds",
            "ask cancel_requested before each thing that takes long"
        ),
        "E02": (
            "It stops when it is cancelled on its way", "a return within 2 seconds of the wish",
            "poll cancel_fd, or ask cancel_requested often"
        ),
        "E03": (
            "It gives signs of life as often as it says", "heartbeat() more often than heartbeat_seconds",
            "call heartbeat, or say a longer time"
        ),
        "E04": (
            "cancel() does not block, and may come late", "a return within a second, also after the call",
            "set a flag or write to a pipe, and touch nothing that the call frees"
        ),
        // Laws
        "F01": (
            "Executed twice with one key is executed once", "the world and the output as after the first time",
            "look at /checkpoint, then for what has the key, before making it"
        ),
        "F02": (
            "Taken back, the world is as it was", "no difference after execute and compensate",
            "take back all that execute does; what may stay goes under `ignore` in check.json"
        ),
        "F03": (
            "Taken back twice is taken back once", "ARCADIA_OK and no difference after a second compensate",
            "taking back what is not there is ARCADIA_OK"
        ),
        "F04": (
            "Taking back what never was changes nothing", "ARCADIA_OK and no difference without an execute",
            "take back only what carries the key of this step"
        ),
        "F05": (
            "The checkpoint is enough to take back", "the world as before, without /result",
            "put into /checkpoint what compensate needs, or find it by execute_key"
        ),
        "F06": (
            "probe tells the truth", "none before execute, applied after it",
            "look for what has the key, and say what is there"
        ),
        "F07": ("probe changes nothing", "no difference after a probe", "only look"),
        "F08": (
            "Killed at any moment, it can be taken back", "the world as before, whenever the worker was killed",
            "write down what is about to be made before making it, or make it findable by the key"
        ),
        "F09": (
            "What a step takes back is its own", "the world as the other step left it, and that step's probe right",
            "find what to take back by the key of the step, not by what lies there"
        ),
        "F10": (
            "What has nothing to take back changes nothing", "no difference after an operation without compensate",
            "say `compensable`, or `irreversible` where nothing brings it back"
        ),
        // Of an adapter, and of where it runs
        "G01": (
            "An inventory is whole, page by page and at once", "each resource once, the same either way",
            "give the provider's own ids, and follow its pages to the end"
        ),
        "G02": (
            "Money has no binary fractions", "amounts as text, such as \"12.50\", or whole numbers",
            "hand on the provider's digits as a string"
        ),
        "H01": (
            "It does the same in a worker and outside", "the same status and output with and without confinement",
            "ask for what it reads in `capabilities.files`, and take nothing else from the system"
        ),
        // Stress
        "I01": (
            "A thousand calls take no more memory than a few", "less than 1 MiB more after 700 calls",
            "free what each call takes, on every way out"
        ),
        "I02": (
            "No input crashes it", "an outcome for 300 inputs changed by chance", "`--seed` makes the same inputs again"
        ),
    ]
}
