pragma circom 2.1.9;

include "poseidon.circom";

// The sender's pseudonym in one scope: tag = P(4, person, tagScope).
template Tag() {
    signal input person, tagScope;
    signal output tag;

    tag <== Poseidon(3)([4, person, tagScope]);
}
