import SagaCore
import Testing

@testable import Scheduling

@Suite struct SettingsTests {
    @Test(arguments: [
        ("3", "it is 3; expected an object"),
        (#"{ "schedules": [] }"#, "`schedules` is a list; expected an object"),
        (#"{ "retention_days": "x" }"#, "`retention_days` is \"x\"; expected a whole number from 1 to 3650"),
        (
            #"{ "schedules": { "drift": { "overlap": "never" } } }"#,
            "`schedules.drift.overlap` is \"never\"; expected one of skip, queue_one, allow"
        ),
        (
            #"{ "schedules": { "drift": { "enabled": "no" } } }"#,
            "`schedules.drift.enabled` is \"no\"; expected true or false"
        ),
        (
            #"{ "schedules": { "drift": { "cron": 5 } } }"#,
            "`schedules.drift.cron` is 5; expected a cron expression as text"
        ),
        (
            #"{ "queues": { "metering": { "credential": "a/b" } } }"#,
            "`queues.metering.credential` is \"a/b\"; expected the end of a file's name in `credentials`, without a slash"
        ),
        (
            #"{ "queues": { "meter": {} } }"#,
            "`queues` has \"meter\"; expected provisioning, cloud_sync_fast, cloud_sync_full, cloud_sync_slow, cloud_billing, metering"
        ),
    ])
    func `what is wrong with schedules json is told with its place`(_ text: String, _ message: String) throws {
        let json = try JSONValue(parsing: text)
        do throws(ScheduleSettingsError) {
            _ = try ScheduleSettings(reading: json)
            Issue.record("it was taken")
        } catch {
            #expect(error.message == message)
        }
    }

    @Test func `every refusal is a sentence`() {
        let pause = Schedule.Pause(at: Timestamp(milliseconds: 0), by: "ann", reason: "moving")
        let sentences: [(SchedulingRefusal, String, String?)] = [
            (.unknown("x", known: []), "there is no schedule \"x\"", "`arcadia schedules list` shows what there is"),
            (
                .exists("x"), "there is a schedule \"x\" already; expected a new name",
                "`arcadia schedules remove x` first, if it is to be another"
            ),
            (
                .name("a b"), "\"a b\" is no name for a schedule; expected up to 60 letters, digits, `_`, `-` and `.`",
                nil
            ),
            (
                .notOwn("drift"), "the schedule \"drift\" comes with arcadia; expected one that was added",
                "`arcadia schedules pause drift --reason …` keeps it from firing"
            ),
            (.reasonMissing, "no reason is given; expected a sentence for those who look at it later", nil),
            (
                .alreadyPaused("x", pause),
                "the schedule \"x\" is paused already, by ann at 1970-01-01T00:00:00.000Z: moving",
                "`arcadia schedules resume x`"
            ),
            (.notPaused("x"), "the schedule \"x\" is not paused", nil),
            (
                .busy("x", job: 7, status: .running),
                "the schedule \"x\" has a job that is running, number 7; expected none",
                "`arcadia jobs list` shows who does it; a job of a host that is gone is taken up by `arcadia serve`"
            ),
            (
                .cron(CronError(.neverComes)),
                "the cron expression names a day that is in no calendar, so its time never comes", nil
            ),
        ]
        for (refusal, message, hint) in sentences {
            #expect(refusal.message == message)
            #expect(refusal.hint == hint)
        }
    }
}
