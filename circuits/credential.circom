pragma circom 2.1.9;

include "babyjub.circom";
include "eddsaposeidon.circom";
include "lib/use-note.circom";

// Proves one anonymous, rate-limited use of a note that an issuer signed:
//   1. signature    - (R8, S) is an EdDSA-Poseidon signature by (Ax, Ay) over P(5, commitment, classId, limit, expiry);
//   2. on the curve - R8 satisfies the curve's equation: the addition formulas prove nothing about other points;
//   3. use          - all that `UseNote` says of secret, person, messageId, limit and expiry.
// Public, in order: nullifier, y, tag, Ax, Ay, x, scope, classId, tagScope, asOf.
// The caller computes x, scope, classId, tagScope and asOf itself, and checks that every signal is below the field's
// order, that (Ax, Ay) is an issuer of the class, on the curve and in its prime-order subgroup, and that `nullifier`
// was not seen with another `x`.
template Credential() {
    signal input secret, person, messageId, limit, expiry, R8x, R8y, S; // private
    signal input Ax, Ay, x, scope, classId, tagScope, asOf;             // public
    signal output nullifier, y, tag;                                    // public

    signal commitment;
    (nullifier, y, tag, commitment) <== UseNote()(secret, person, messageId, limit, expiry, x, scope, tagScope, asOf);

    signal message <== Poseidon(5)([5, commitment, classId, limit, expiry]);
    BabyCheck()(R8x, R8y);
    EdDSAPoseidonVerifier()(1, Ax, Ay, S, R8x, R8y, message);
}

component main {public [Ax, Ay, x, scope, classId, tagScope, asOf]} = Credential();
