package io.sherd.ida;

class TableCodingKernelTest extends CodingKernelContract {

    @Override
    CodingKernel kernel() {
        return new TableCodingKernel();
    }
}
