package io.sherd.ida;

/** Passes on every machine: without 512-bit vectors the Vector API computes the same, only slowly. */
class VectorCodingKernelTest extends CodingKernelContract {

    @Override
    CodingKernel kernel() {
        return CodingKernels.vector().orElseThrow();
    }
}
