// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";
import {PoseidonT4} from "poseidon-solidity/PoseidonT4.sol";
import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";

/// @title NoteOpening
/// @notice What is inside a note's commitment: P(1, P(7, secret), personHash).
library NoteOpening {
    uint256 internal constant FIELD_ORDER =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice Whether `secret` is what the opening hides: P(7, secret) = secretHash.
    function isOpenedBy(IStakeRegistry.Opening calldata opening, uint256 secret) internal pure returns (bool) {
        return PoseidonT3.hash([7, secret]) == opening.secretHash;
    }

    /// @notice Whether the opening is one of its commitment.
    function isTrue(IStakeRegistry.Opening calldata opening) internal pure returns (bool) {
        return PoseidonT4.hash([1, opening.secretHash, opening.personHash]) == opening.commitment;
    }

    /// @notice What is kept of a declared opening: enough that nobody finds another with the same.
    function digestOf(IStakeRegistry.Opening calldata opening) internal pure returns (bytes20) {
        return bytes20(keccak256(abi.encode(opening)));
    }

    /// @notice Reverts unless both hashes are field elements: Poseidon would take others for these, and nobody could
    /// show the secret of what cannot be a hash.
    function requireInField(IStakeRegistry.Opening calldata opening) internal pure {
        uint256 first = opening.secretHash >= FIELD_ORDER ? opening.secretHash : opening.personHash;
        if (first >= FIELD_ORDER) revert IStakeRegistry.StakeRegistryHashOutOfRange(first);
    }
}
