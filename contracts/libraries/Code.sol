// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Code
/// @notice What a contract is made from has to be there when it is made: it cannot be changed later.
library Code {
    /// @notice There is no contract at `account`.
    error CodeMissing(address account);

    /// @notice Reverts unless there is a contract at `account`.
    /// @dev Reverts with `CodeMissing`.
    /// @param account The address.
    function requireAt(address account) internal view {
        if (account.code.length == 0) revert CodeMissing(account);
    }
}
