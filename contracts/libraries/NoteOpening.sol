// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";
import {PoseidonT4} from "poseidon-solidity/PoseidonT4.sol";
import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";

/// @title NoteOpening
/// @notice What a note's commitment hides: P(1, P(7, secret), personHash).
library NoteOpening {
    uint256 internal constant FIELD_ORDER =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice Whether `secret` is the opening's: P(7, secret) = secretHash, and a field element. Poseidon takes
    /// larger values for the same, and whoever reads one from the chain would know no ticket by it.
    /// @param opening What was declared.
    /// @param secret What is shown.
    /// @return Whether it is.
    function isOpenedBy(IStakeRegistry.Opening calldata opening, uint256 secret) internal pure returns (bool) {
        return secret < FIELD_ORDER && PoseidonT3.hash([7, secret]) == opening.secretHash;
    }

    /// @notice Whether the opening opens its commitment.
    /// @param opening What was declared.
    /// @return Whether it does.
    function isTrue(IStakeRegistry.Opening calldata opening) internal pure returns (bool) {
        return PoseidonT4.hash([1, opening.secretHash, opening.personHash]) == opening.commitment;
    }

    /// @notice The digest kept of a declared opening: long enough that nobody finds another opening with the same one.
    /// @param opening What was declared.
    /// @return The digest.
    function digestOf(IStakeRegistry.Opening calldata opening) internal pure returns (bytes20) {
        return bytes20(keccak256(abi.encode(opening)));
    }

    /// @notice Reverts unless both hashes are field elements: Poseidon would reduce larger values, and nobody could
    /// show the secret of a value that cannot be a hash.
    /// @dev Reverts with `StakeRegistryHashOutOfRange`.
    /// @param opening What was declared.
    function requireInField(IStakeRegistry.Opening calldata opening) internal pure {
        uint256 first = opening.secretHash >= FIELD_ORDER ? opening.secretHash : opening.personHash;
        if (first >= FIELD_ORDER) revert IStakeRegistry.StakeRegistryHashOutOfRange(first);
    }
}
