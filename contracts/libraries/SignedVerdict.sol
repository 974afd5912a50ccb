// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IPayments} from "../interfaces/IPayments.sol";

/// @title SignedVerdict
/// @notice What a recipient signs, and whether it has signed.
library SignedVerdict {
    bytes32 private constant VERDICT = keccak256("Verdict(bytes32 payment,uint256 index,string verdict)");

    /// @notice The EIP-712 struct hash of a verdict, which is a word so that the signer can read it.
    function structHash(bytes32 payment, uint256 index, IPayments.Verdict verdict) internal pure returns (bytes32) {
        bytes32 word = verdict == IPayments.Verdict.Spam ? keccak256("spam") : keccak256("fine");
        return keccak256(abi.encode(VERDICT, payment, index, word));
    }

    /// @notice Reverts unless the recipient signed `digest`; a key's signature is tried first, then a contract's.
    function requireSigned(bytes32 digest, IPayments.Opening calldata given) internal view {
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, given.signature);
        if (failure == ECDSA.RecoverError.NoError && signer == given.recipient) return;
        if (!SignatureChecker.isValidERC1271SignatureNowCalldata(given.recipient, digest, given.signature)) {
            revert IPayments.PaymentsVerdictNotSigned(given.recipient);
        }
    }
}
