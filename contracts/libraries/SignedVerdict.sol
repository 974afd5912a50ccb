// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IPayments} from "../interfaces/IPayments.sol";
import {BoundedCall} from "./BoundedCall.sol";

/// @title SignedVerdict
/// @notice What a recipient signs, and whether it has signed.
library SignedVerdict {
    bytes32 private constant VERDICT = keccak256("Verdict(bytes32 payment,uint256 index,string verdict)");

    /// @notice The EIP-712 struct hash of a verdict, which is a word so that the signer can read it.
    /// @param payment The payment's identifier.
    /// @param index The place of the recipient.
    /// @param verdict What the recipient says.
    /// @return The hash.
    function structHash(bytes32 payment, uint256 index, IPayments.Verdict verdict) internal pure returns (bytes32) {
        bytes32 word = verdict == IPayments.Verdict.Spam ? keccak256("spam") : keccak256("fine");
        return keccak256(abi.encode(VERDICT, payment, index, word));
    }

    /// @notice Whether the recipient signed `digest`; a key's signature is tried first, then a contract's, which may
    /// use `walletGas` to check it.
    /// @dev Reverts with `BoundedCallGasTooLow`.
    /// @param digest What was signed.
    /// @param given Who is to have signed, and the signature.
    /// @param walletGas What a contract may use.
    /// @return Whether it has.
    function isSigned(
        bytes32 digest,
        IPayments.Opening calldata given,
        uint256 walletGas
    ) internal view returns (bool) {
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, given.signature);
        if (failure == ECDSA.RecoverError.NoError && signer == given.recipient) return true;
        if (given.recipient.code.length == 0) return false;

        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, given.signature));
        (bool isAnswered, bytes32 answer) = BoundedCall.ask(given.recipient, question, walletGas);
        return isAnswered && answer == bytes32(IERC1271.isValidSignature.selector);
    }
}
