// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IERC20Burnable
/// @notice An ERC-20 whose holders can destroy what they hold, or let another account destroy it for them.
interface IERC20Burnable is IERC20 {
    /// @notice Destroys `amount` of the caller's tokens.
    /// @param amount In the token's smallest unit.
    function burn(uint256 amount) external;

    /// @notice Destroys `amount` of `account`'s tokens, out of the caller's allowance.
    /// @param account Whose tokens they are.
    /// @param amount In the token's smallest unit.
    function burnFrom(address account, uint256 amount) external;
}
