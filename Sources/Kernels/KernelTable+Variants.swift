/// One table for each instruction set: the same source, compiled once for each of them (Package.swift). Closures, since
/// Swift 6 makes C function pointers of `Sendable` tables from nothing else.
import KernelsPortable

#if arch(x86_64)
    import KernelsV2
    import KernelsV3
    import KernelsV4
#endif

extension KernelTable {
    static let portable = KernelTable(
        variant: .portable,
        packPanels: { KernelsPortable.packPanels($0, $1, $2, $3, $4, $5) },
        gemm: { KernelsPortable.gemm($0, $1, $2, $3, $4, $5, $6, $7, $8) },
        gemmTransposed: { KernelsPortable.gemmTransposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
        lstmForward: { KernelsPortable.lstmForward($0, $1, $2, $3, $4, $5, $6) },
        lstmBackward: { KernelsPortable.lstmBackward($0, $1, $2, $3, $4, $5, $6, $7) },
        softmaxCrossEntropy: { KernelsPortable.softmaxCrossEntropy($0, $1, $2, $3, $4, $5, $6, $7, $8) },
        gatherAdd: { KernelsPortable.gatherAdd($0, $1, $2, $3, $4) },
        scatterAdd: { KernelsPortable.scatterAdd($0, $1, $2, $3, $4) },
        add: { KernelsPortable.add($0, $1, $2) },
        addColumnSums: { KernelsPortable.addColumnSums($0, $1, $2, $3, $4) },
        dropout: { KernelsPortable.dropout($0, $1, $2, $3, $4, $5, $6) },
        tanhForward: { KernelsPortable.tanhForward($0, $1) },
        tanhBackward: { KernelsPortable.tanhBackward($0, $1, $2) },
        sumOfSquares: { KernelsPortable.sumOfSquares($0, $1) },
        adam: { KernelsPortable.adam($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
        exponentials: { KernelsPortable.exponentials($0, $1, $2) },
        logarithms: { KernelsPortable.logarithms($0, $1, $2) },
        lstmCellFP32: { KernelsPortable.lstmCell($0, $1, $2, $3, $4, $5) },
        lstmCellBF16: { KernelsPortable.lstmCellBF16($0, $1, $2, $3, $4, $5) },
        lstmStepFP32: { KernelsPortable.lstmStep($0, $1, $2, $3, $4, $5, $6) },
        lstmStepBF16: { KernelsPortable.lstmStepBF16($0, $1, $2, $3, $4, $5, $6) },
        lstmStepGrouped: { KernelsPortable.lstmStepGrouped($0, $1, $2, $3, $4, $5, $6) },
        lstmStepInt8: { KernelsPortable.lstmStepInt8($0, $1, $2, $3, $4, $5, $6) },
        affineFP32: { KernelsPortable.affine($0, $1, $2, $3, $4, $5) },
        affineBF16: { KernelsPortable.affineBF16($0, $1, $2, $3, $4, $5) },
        affineGrouped: { KernelsPortable.affineGrouped($0, $1, $2, $3, $4, $5) },
        affineInt8: { KernelsPortable.affineInt8($0, $1, $2, $3, $4, $5) },
        quantizeCoarsely: { KernelsPortable.quantize($0, $1, $2) },
        quantizeFinely: { KernelsPortable.quantizeFinely($0, $1, $2) },
        sample: { KernelsPortable.sample($0, $1, $2, $3, $4, $5, $6) },
        adaptPanel: {
            KernelsPortable.adaptPanel($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        },
        readThrough: { KernelsPortable.readThrough($0, $1) },
        multiplyAdd: { KernelsPortable.multiplyAdd($0, $1) })
}

#if arch(x86_64)
    extension KernelTable {
        static let v2 = KernelTable(
            variant: .v2,
            packPanels: { KernelsV2.packPanels($0, $1, $2, $3, $4, $5) },
            gemm: { KernelsV2.gemm($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gemmTransposed: { KernelsV2.gemmTransposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
            lstmForward: { KernelsV2.lstmForward($0, $1, $2, $3, $4, $5, $6) },
            lstmBackward: { KernelsV2.lstmBackward($0, $1, $2, $3, $4, $5, $6, $7) },
            softmaxCrossEntropy: { KernelsV2.softmaxCrossEntropy($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gatherAdd: { KernelsV2.gatherAdd($0, $1, $2, $3, $4) },
            scatterAdd: { KernelsV2.scatterAdd($0, $1, $2, $3, $4) },
            add: { KernelsV2.add($0, $1, $2) },
            addColumnSums: { KernelsV2.addColumnSums($0, $1, $2, $3, $4) },
            dropout: { KernelsV2.dropout($0, $1, $2, $3, $4, $5, $6) },
            tanhForward: { KernelsV2.tanhForward($0, $1) },
            tanhBackward: { KernelsV2.tanhBackward($0, $1, $2) },
            sumOfSquares: { KernelsV2.sumOfSquares($0, $1) },
            adam: { KernelsV2.adam($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
            exponentials: { KernelsV2.exponentials($0, $1, $2) },
            logarithms: { KernelsV2.logarithms($0, $1, $2) },
            lstmCellFP32: { KernelsV2.lstmCell($0, $1, $2, $3, $4, $5) },
            lstmCellBF16: { KernelsV2.lstmCellBF16($0, $1, $2, $3, $4, $5) },
            lstmStepFP32: { KernelsV2.lstmStep($0, $1, $2, $3, $4, $5, $6) },
            lstmStepBF16: { KernelsV2.lstmStepBF16($0, $1, $2, $3, $4, $5, $6) },
            lstmStepGrouped: { KernelsV2.lstmStepGrouped($0, $1, $2, $3, $4, $5, $6) },
            lstmStepInt8: { KernelsV2.lstmStepInt8($0, $1, $2, $3, $4, $5, $6) },
            affineFP32: { KernelsV2.affine($0, $1, $2, $3, $4, $5) },
            affineBF16: { KernelsV2.affineBF16($0, $1, $2, $3, $4, $5) },
            affineGrouped: { KernelsV2.affineGrouped($0, $1, $2, $3, $4, $5) },
            affineInt8: { KernelsV2.affineInt8($0, $1, $2, $3, $4, $5) },
            quantizeCoarsely: { KernelsV2.quantize($0, $1, $2) },
            quantizeFinely: { KernelsV2.quantizeFinely($0, $1, $2) },
            sample: { KernelsV2.sample($0, $1, $2, $3, $4, $5, $6) },
            adaptPanel: {
                KernelsV2.adaptPanel($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            },
            readThrough: { KernelsV2.readThrough($0, $1) },
            multiplyAdd: { KernelsV2.multiplyAdd($0, $1) })

        static let v3 = KernelTable(
            variant: .v3,
            packPanels: { KernelsV3.packPanels($0, $1, $2, $3, $4, $5) },
            gemm: { KernelsV3.gemm($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gemmTransposed: { KernelsV3.gemmTransposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
            lstmForward: { KernelsV3.lstmForward($0, $1, $2, $3, $4, $5, $6) },
            lstmBackward: { KernelsV3.lstmBackward($0, $1, $2, $3, $4, $5, $6, $7) },
            softmaxCrossEntropy: { KernelsV3.softmaxCrossEntropy($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gatherAdd: { KernelsV3.gatherAdd($0, $1, $2, $3, $4) },
            scatterAdd: { KernelsV3.scatterAdd($0, $1, $2, $3, $4) },
            add: { KernelsV3.add($0, $1, $2) },
            addColumnSums: { KernelsV3.addColumnSums($0, $1, $2, $3, $4) },
            dropout: { KernelsV3.dropout($0, $1, $2, $3, $4, $5, $6) },
            tanhForward: { KernelsV3.tanhForward($0, $1) },
            tanhBackward: { KernelsV3.tanhBackward($0, $1, $2) },
            sumOfSquares: { KernelsV3.sumOfSquares($0, $1) },
            adam: { KernelsV3.adam($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
            exponentials: { KernelsV3.exponentials($0, $1, $2) },
            logarithms: { KernelsV3.logarithms($0, $1, $2) },
            lstmCellFP32: { KernelsV3.lstmCell($0, $1, $2, $3, $4, $5) },
            lstmCellBF16: { KernelsV3.lstmCellBF16($0, $1, $2, $3, $4, $5) },
            lstmStepFP32: { KernelsV3.lstmStep($0, $1, $2, $3, $4, $5, $6) },
            lstmStepBF16: { KernelsV3.lstmStepBF16($0, $1, $2, $3, $4, $5, $6) },
            lstmStepGrouped: { KernelsV3.lstmStepGrouped($0, $1, $2, $3, $4, $5, $6) },
            lstmStepInt8: { KernelsV3.lstmStepInt8($0, $1, $2, $3, $4, $5, $6) },
            affineFP32: { KernelsV3.affine($0, $1, $2, $3, $4, $5) },
            affineBF16: { KernelsV3.affineBF16($0, $1, $2, $3, $4, $5) },
            affineGrouped: { KernelsV3.affineGrouped($0, $1, $2, $3, $4, $5) },
            affineInt8: { KernelsV3.affineInt8($0, $1, $2, $3, $4, $5) },
            quantizeCoarsely: { KernelsV3.quantize($0, $1, $2) },
            quantizeFinely: { KernelsV3.quantizeFinely($0, $1, $2) },
            sample: { KernelsV3.sample($0, $1, $2, $3, $4, $5, $6) },
            adaptPanel: {
                KernelsV3.adaptPanel($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            },
            readThrough: { KernelsV3.readThrough($0, $1) },
            multiplyAdd: { KernelsV3.multiplyAdd($0, $1) })

        static let v4 = KernelTable(
            variant: .v4,
            packPanels: { KernelsV4.packPanels($0, $1, $2, $3, $4, $5) },
            gemm: { KernelsV4.gemm($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gemmTransposed: { KernelsV4.gemmTransposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
            lstmForward: { KernelsV4.lstmForward($0, $1, $2, $3, $4, $5, $6) },
            lstmBackward: { KernelsV4.lstmBackward($0, $1, $2, $3, $4, $5, $6, $7) },
            softmaxCrossEntropy: { KernelsV4.softmaxCrossEntropy($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gatherAdd: { KernelsV4.gatherAdd($0, $1, $2, $3, $4) },
            scatterAdd: { KernelsV4.scatterAdd($0, $1, $2, $3, $4) },
            add: { KernelsV4.add($0, $1, $2) },
            addColumnSums: { KernelsV4.addColumnSums($0, $1, $2, $3, $4) },
            dropout: { KernelsV4.dropout($0, $1, $2, $3, $4, $5, $6) },
            tanhForward: { KernelsV4.tanhForward($0, $1) },
            tanhBackward: { KernelsV4.tanhBackward($0, $1, $2) },
            sumOfSquares: { KernelsV4.sumOfSquares($0, $1) },
            adam: { KernelsV4.adam($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
            exponentials: { KernelsV4.exponentials($0, $1, $2) },
            logarithms: { KernelsV4.logarithms($0, $1, $2) },
            lstmCellFP32: { KernelsV4.lstmCell($0, $1, $2, $3, $4, $5) },
            lstmCellBF16: { KernelsV4.lstmCellBF16($0, $1, $2, $3, $4, $5) },
            lstmStepFP32: { KernelsV4.lstmStep($0, $1, $2, $3, $4, $5, $6) },
            lstmStepBF16: { KernelsV4.lstmStepBF16($0, $1, $2, $3, $4, $5, $6) },
            lstmStepGrouped: { KernelsV4.lstmStepGrouped($0, $1, $2, $3, $4, $5, $6) },
            lstmStepInt8: { KernelsV4.lstmStepInt8($0, $1, $2, $3, $4, $5, $6) },
            affineFP32: { KernelsV4.affine($0, $1, $2, $3, $4, $5) },
            affineBF16: { KernelsV4.affineBF16($0, $1, $2, $3, $4, $5) },
            affineGrouped: { KernelsV4.affineGrouped($0, $1, $2, $3, $4, $5) },
            affineInt8: { KernelsV4.affineInt8($0, $1, $2, $3, $4, $5) },
            quantizeCoarsely: { KernelsV4.quantize($0, $1, $2) },
            quantizeFinely: { KernelsV4.quantizeFinely($0, $1, $2) },
            sample: { KernelsV4.sample($0, $1, $2, $3, $4, $5, $6) },
            adaptPanel: {
                KernelsV4.adaptPanel($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            },
            readThrough: { KernelsV4.readThrough($0, $1) },
            multiplyAdd: { KernelsV4.multiplyAdd($0, $1) })
    }
#endif
