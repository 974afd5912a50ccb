// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title INoteSource
/// @notice A contract that puts notes into the tree, and says what its classes are worth. A class never changes.
interface INoteSource {
    /// @notice What a note of a class is worth and allows.
    /// @param kind 1 for stamps, 2 for stakes, 4 for payments.
    /// @param source The contract whose class it is.
    /// @param number The class's number there.
    /// @param price In the token's smallest unit: of a stamp, a stake's deposit, or the least base of a payment.
    /// @param unitsPerTicket Units of the lane that one ticket opens.
    /// @param laneTtl The longest life of that lane, in seconds.
    /// @param rootWindow How long a superseded root of the tree is still accepted, in seconds.
    /// @param epochLength Seconds after which a stake's tickets are fresh again; 0 if they never are.
    /// @param limit Tickets of a stake in each epoch; 0 if the buyer chooses, 1 for a payment.
    struct NoteClass {
        uint8 kind;
        address source;
        uint32 number;
        uint96 price;
        uint32 unitsPerTicket;
        uint32 laneTtl;
        uint32 rootWindow;
        uint32 epochLength;
        uint16 limit;
    }

    /// @notice What notes of class `number` are worth. Reverts with the contract's own error if there is no such class.
    /// @param number The class's number, from 1.
    /// @return The class.
    function noteClass(uint256 number) external view returns (NoteClass memory);
}
