package io.sherd.ida;

class BestCodingKernelTest extends CodingKernelContract {

    @Override
    CodingKernel kernel() {
        return CodingKernels.best();
    }
}
