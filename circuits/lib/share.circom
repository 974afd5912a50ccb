pragma circom 2.1.9;

include "poseidon.circom";

// One point of a line through the secret, and the line's name:
//   a1 = P(2, secret, scope, messageId)   y = secret + a1 * x   nullifier = P(3, a1).
// One point says nothing about the secret; two points of one line, shown with one nullifier, give it away.
// `x` is bound to the proof: no other x fits the same y and nullifier.
template Share() {
    signal input secret, scope, messageId, x;
    signal output y, nullifier;

    signal a1 <== Poseidon(4)([2, secret, scope, messageId]);
    y <== secret + a1 * x;
    nullifier <== Poseidon(2)([3, a1]);
}
