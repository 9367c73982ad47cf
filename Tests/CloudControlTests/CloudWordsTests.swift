import CloudControl
import SagaCore
import Testing

/// What operators read, word for word.
@Suite struct CloudWordsTests {
    private func text(_ refusal: any CloudRefusal) -> String {
        "\(refusal.code): \(refusal.message)\(refusal.hint.map { "\nhint: \($0)" } ?? "")"
    }

    @Test func `the inventory's refusals`() {
        #expect(
            text(InventoryRefusal.unknown("web-9")) == """
                inventory.unknown_resource: no resource is called "web-9"; expected a resource_id such as "digitalocean:droplet:3164444", an id of the provider, or the name of a live resource
                hint: `arcadia inventory list` shows what there is; `arcadia inventory sync` looks again
                """)
        #expect(
            text(InventoryRefusal.ambiguous("web", ["a", "b", "c"])) == """
                inventory.ambiguous_resource: "web" may be "a", "b" or "c"; expected a name that only one resource has
                hint: use the resource_id
                """)
        let many = (1...11).map { "r\($0)" }
        #expect(InventoryRefusal.ambiguous("web", many).message.contains("\"r10\" or others;"))
        #expect(
            text(InventoryRefusal.unknownProject("lab")) == """
                inventory.unknown_project: no project is called "lab"; expected its name, or its id at the provider
                hint: `arcadia projects list` shows what there is; `arcadia inventory sync` looks again
                """)
        #expect(
            text(InventoryRefusal.tenantName("a b"))
                == "inventory.tenant_name: \"a b\" can be no tenant's name; expected 1 to 128 bytes without spaces and control characters"
        )
        #expect(
            text(CursorRefusal(text: "x"))
                == "list.cursor: \"x\" is no place in this list; expected what `next` of the list before says")
    }

    @Test func `the refusals of desired state`() {
        #expect(
            text(ProvisioningRefusal.empty) == """
                provisioned.empty: the desired state has no field; expected at least one, such as size_slug
                hint: `arcadia provisioned remove` takes the whole desired state away
                """)
    }

    @Test func `the refusals of drift`() {
        let time = Timestamp(milliseconds: 0)
        #expect(
            text(DriftRefusal.unknown(3)) == """
                drift.unknown: there is no drift 3
                hint: `arcadia drift list` shows those that are open
                """)
        #expect(
            text(DriftRefusal.notOpen(3, .stale, at: time, by: "drift")) == """
                drift.not_open: drift 3 is stale, by drift at 1970-01-01T00:00:00.000Z; expected an open one
                hint: `arcadia drift list` shows those that are open; `arcadia drift detect` looks again
                """)
        #expect(
            text(DriftRefusal.moved(3, field: "name", from: "a", to: ["b"])) == """
                drift.moved: "name" of drift 3 was "a" when it was noticed and is ["b"] now, so nothing was changed
                hint: `arcadia drift detect` looks again; decide on what it shows then
                """)
        #expect(
            text(DriftRefusal.reverting(3, runID: "r-1")) == """
                drift.reverting: run r-1 is putting drift 3 right already; expected none that has not ended
                hint: `arcadia runs watch r-1` waits for it
                """)
        #expect(
            text(DriftRefusal.everywhere) == """
                drift.everywhere: a field cannot be ignored everywhere by somebody who sees the resources of one tenant only
                hint: ignore it of one resource
                """)
        #expect(
            text(DriftRefusal.noSpec(3, resourceID: "p:droplet:1")) == """
                drift.no_spec: nothing is asked of "p:droplet:1" any more, so drift 3 has nothing to compare with
                hint: `arcadia drift detect` closes it
                """)
        #expect(
            text(DriftRefusal.noRepair(3, resourceID: "p:droplet:1", field: "region", repairable: ["name", "tags"]))
                == """
                drift.no_repair: no operation puts "region" of "p:droplet:1" right (drift 3); expected one of name, tags
                hint: put it right by hand, or take the live value over: `arcadia drift accept 3 --reason WHY`
                """)
        #expect(
            DriftRefusal.noRepair(3, resourceID: "p:droplet:1", field: DriftRow.wholeResource, repairable: []).hint
                == "make it again, and ask nothing of the old one any more: `arcadia drift accept 3 --reason WHY`")
        #expect(
            DriftRefusal.noRepair(3, resourceID: "p:disk:1", field: "size", repairable: []).message
                == "no operation puts \"size\" of \"p:disk:1\" right (drift 3); none is known for this kind")
        #expect(
            text(DriftRefusal.noInput(3, operation: "p.resize", providerID: "x"))
                == "drift.no_input: \"p.resize\" takes a number as the resource's id, and drift 3 is of \"x\"")
        #expect(
            text(DriftRefusal.expiryPassed(time, now: time + 1))
                == "drift.expiry_passed: the end 1970-01-01T00:00:00.000Z is not after now, 1970-01-01T00:00:00.001Z")
        #expect(
            text(DriftRefusal.reasonMissing)
                == "drift.reason_missing: no reason is given; expected a sentence for those who look at it later")
        #expect(
            text(DriftRefusal.fieldMissing)
                == "drift.field_missing: no field is given; expected a name such as size_slug, or a pattern such as *_ids"
        )
    }
}
