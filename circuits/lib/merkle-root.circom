pragma circom 2.1.9;

include "bitify.circom";
include "poseidon.circom";

// The root of a binary tree of fixed DEPTH in which `leaf` stands at `leafIndex`: node = P(left, right).
// Bit n of the index, lowest first, says whether the way up comes from the right at level n.
template MerkleRoot(DEPTH) {
    signal input leaf, leafIndex, siblings[DEPTH];
    signal output root;

    signal isRight[DEPTH] <== Num2Bits(DEPTH)(leafIndex);
    signal nodes[DEPTH + 1];
    signal left[DEPTH], right[DEPTH];

    nodes[0] <== leaf;
    for (var level = 0; level < DEPTH; level++) {
        left[level] <== nodes[level] + isRight[level] * (siblings[level] - nodes[level]);
        right[level] <== siblings[level] + nodes[level] - left[level];
        nodes[level + 1] <== Poseidon(2)([left[level], right[level]]);
    }
    root <== nodes[DEPTH];
}
