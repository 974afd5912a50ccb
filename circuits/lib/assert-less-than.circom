pragma circom 2.1.9;

include "bitify.circom";

// Holds if 0 <= smaller < larger <= 2^BITS, and for nothing else: BITS is far below the field's 254, so no value wraps.
// `larger` may be 2^BITS itself (a limit of 256 over 8 bits), never 0.
template AssertLessThan(BITS) {
    signal input smaller, larger;

    assert(BITS < 253);
    _ <== Num2Bits(BITS)(smaller);
    _ <== Num2Bits(BITS)(larger - 1);
    _ <== Num2Bits(BITS)(larger - 1 - smaller);
}
