// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20Burnable} from "../interfaces/IERC20Burnable.sol";
import {IPostage} from "../interfaces/IPostage.sol";

/// @title Funds
/// @notice Takes and destroys tokens, trusting the token's balances, not its silence: a token that takes a fee,
/// returns false, or accepts unknown calls would otherwise give away what was not paid for.
/// @dev Exactly what is due, not at least that: what a caller does inside the token's call counts once.
library Funds {
    using SafeERC20 for IERC20;

    address internal constant DEAD = address(0xdEaD);

    /// @notice The token destroyed `destroyed` instead of `due`.
    error FundsNotDestroyed(uint256 due, uint256 destroyed);

    /// @notice `received` arrived instead of `due`.
    error FundsNotReceived(uint256 due, uint256 received);

    // solhint-disable no-empty-blocks
    /// @notice Uses the caller's permit. One that fails is ignored: what follows needs the allowance, whoever set it;
    /// a stranger who submits the permit first must not make the caller's transaction fail.
    /// @param token The token.
    /// @param amount In the token's smallest unit.
    /// @param given The permit.
    function usePermit(IERC20 token, uint256 amount, IPostage.Permit calldata given) internal {
        IERC20Permit permitted = IERC20Permit(address(token));
        try permitted.permit(msg.sender, address(this), amount, given.deadline, given.v, given.r, given.s) {} catch {}
    }
    // solhint-enable no-empty-blocks

    /// @notice Moves `amount` of the caller's tokens to `to`.
    /// @dev Reverts with `FundsNotReceived`, or an error of the token.
    /// @param token The token.
    /// @param to Who gets them.
    /// @param amount In the token's smallest unit.
    function collect(IERC20 token, address to, uint256 amount) internal {
        if (amount == 0) return;
        uint256 before = token.balanceOf(to);
        token.safeTransferFrom(msg.sender, to, amount);
        uint256 received = less(token.balanceOf(to), before);
        if (received != amount) revert FundsNotReceived(amount, received);
    }

    /// @notice Destroys `amount` of this contract's tokens.
    /// @dev Reverts with `FundsNotDestroyed`, or an error of the token.
    /// @param token The token.
    /// @param disposal How tokens are destroyed.
    /// @param amount In the token's smallest unit.
    function destroy(IERC20 token, IPostage.Disposal disposal, uint256 amount) internal {
        if (amount == 0) return;
        uint256 destroyed;
        if (disposal == IPostage.Disposal.Burn) {
            uint256 supply = token.totalSupply();
            IERC20Burnable(address(token)).burn(amount);
            destroyed = less(supply, token.totalSupply());
        } else {
            uint256 buried = token.balanceOf(DEAD);
            token.safeTransfer(DEAD, amount);
            destroyed = less(token.balanceOf(DEAD), buried);
        }
        if (destroyed != amount) revert FundsNotDestroyed(amount, destroyed);
    }

    /// @notice Destroys `amount` of the caller's tokens.
    /// @dev Reverts with `FundsNotDestroyed`, or an error of the token.
    /// @param token The token.
    /// @param disposal How tokens are destroyed.
    /// @param amount In the token's smallest unit.
    function destroyCallers(IERC20 token, IPostage.Disposal disposal, uint256 amount) internal {
        if (amount == 0) return;
        uint256 destroyed = tryDestroyCallers(token, disposal, amount);
        if (destroyed != amount) revert FundsNotDestroyed(amount, destroyed);
    }

    /// @notice Has `amount` of the caller's tokens destroyed; returns what the token really destroyed.
    /// @dev Reverts with an error of the token.
    /// @param token The token.
    /// @param disposal How tokens are destroyed.
    /// @param amount In the token's smallest unit.
    /// @return destroyed What the token really destroyed.
    function tryDestroyCallers(
        IERC20 token,
        IPostage.Disposal disposal,
        uint256 amount
    ) internal returns (uint256 destroyed) {
        if (disposal == IPostage.Disposal.Burn) {
            uint256 supply = token.totalSupply();
            IERC20Burnable(address(token)).burnFrom(msg.sender, amount);
            return less(supply, token.totalSupply());
        }
        uint256 buried = token.balanceOf(DEAD);
        token.safeTransferFrom(msg.sender, DEAD, amount);
        return less(token.balanceOf(DEAD), buried);
    }

    /// @notice `a - b`, or 0 where that is negative.
    /// @param a Any number.
    /// @param b Any number.
    /// @return The difference.
    function less(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a - b : 0;
    }
}
