pragma circom 2.1.9;

include "assert-less-than.circom";
include "commitment.circom";
include "share.circom";
include "tag.circom";

// One use of a note, the part that every circuit shares. Proves, without naming the sender:
//   1. ownership    - the prover knows the secret and the person behind `commitment`;
//   2. rate limit   - messageId < limit, and limit is 1 to 256: at most `limit` uses in one scope;
//   3. single use   - `nullifier` is fixed by (secret, scope, messageId); two x under one nullifier reveal the secret;
//   4. freshness    - asOf < expiry, both of 40 bits;
//   5. pseudonym    - `tag` is fixed by (person, tagScope).
// The caller ties (commitment, limit, expiry) and the class to what was paid for or signed.
template UseNote() {
    signal input secret, person, messageId, limit, expiry; // private
    signal input x, scope, tagScope, asOf;                 // public
    signal output nullifier, y, tag;                       // public
    signal output commitment;                              // private

    commitment <== Commitment()(secret, person);

    AssertLessThan(8)(messageId, limit);
    _ <== Num2Bits(40)(expiry);
    AssertLessThan(40)(asOf, expiry);

    (y, nullifier) <== Share()(secret, scope, messageId, x);
    tag <== Tag()(person, tagScope);
}
