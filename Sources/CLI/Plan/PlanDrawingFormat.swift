internal import ArgumentParser
internal import SagaCore

/// How a plan can be drawn.
enum PlanDrawingFormat: String, ExpressibleByArgument, CaseIterable {
    case mermaid, dot, svg

    /// - Parameter plan: as the API tells it.
    func drawing(of plan: JSONValue) -> String {
        let graph = PlanGraph(plan)
        return switch self {
        case .mermaid: PlanMermaid(graph).text
        case .dot: PlanDot(graph).text
        case .svg: PlanSVG(graph).text
        }
    }
}
