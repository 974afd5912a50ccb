pragma circom 2.1.9;

include "lib/merkle-root.circom";
include "lib/use-note.circom";

// Proves one anonymous, rate-limited use of a note of the tree:
//   1. membership   - P(commitment, classId, limit, expiry) is a leaf under `root`;
//   2. use          - all that `UseNote` says of secret, person, messageId, limit and expiry.
// Public, in order: root, nullifier, y, tag, x, scope, classId, tagScope, asOf.
// The caller computes x, scope, classId, tagScope and asOf itself, and checks that every signal is below the field's
// order, that `root` is a valid root of the class's tree, and that `nullifier` was not seen with another `x`.
template Ticket(DEPTH) {
    signal input secret, person, messageId, limit, expiry, leafIndex, siblings[DEPTH]; // private
    signal input x, scope, classId, tagScope, asOf;                                    // public
    signal output root, nullifier, y, tag;                                             // public

    signal commitment;
    (nullifier, y, tag, commitment) <== UseNote()(secret, person, messageId, limit, expiry, x, scope, tagScope, asOf);

    signal leaf <== Poseidon(4)([commitment, classId, limit, expiry]);
    root <== MerkleRoot(DEPTH)(leaf, leafIndex, siblings);
}

component main {public [x, scope, classId, tagScope, asOf]} = Ticket(20);
