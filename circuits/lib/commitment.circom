pragma circom 2.1.9;

include "poseidon.circom";

// What stands for a note's owner in a leaf or a signed credential:
//   commitment = P(1, P(7, secret), P(6, person)).
// The first inputs keep apart the uses of one hash function.
template Commitment() {
    signal input secret, person;
    signal output commitment;

    signal secretHash <== Poseidon(2)([7, secret]);
    signal personHash <== Poseidon(2)([6, person]);
    commitment <== Poseidon(3)([1, secretHash, personHash]);
}
