// REAL-TIME (any): the choices of the parameter `meter`.

import Time

/// In the order of their values.
enum MeterChoice: Int, CaseIterable {
    case halves2, quarters2, quarters3, common, quarters5, quarters6, eighths3, eighths6, eighths7, eighths9, eighths12

    var meter: Meter {
        let (numerator, denominator) =
            switch self {
            case .halves2: (2, 2)
            case .quarters2: (2, 4)
            case .quarters3: (3, 4)
            case .common: (4, 4)
            case .quarters5: (5, 4)
            case .quarters6: (6, 4)
            case .eighths3: (3, 8)
            case .eighths6: (6, 8)
            case .eighths7: (7, 8)
            case .eighths9: (9, 8)
            case .eighths12: (12, 8)
            }
        return Meter(numerator, denominator) ?? .common
    }
}
