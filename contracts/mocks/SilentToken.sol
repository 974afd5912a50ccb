// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title SilentToken
/// @notice For tests: an ERC-20 of the old kind. Its transfers return nothing, and it has neither burn nor permit.
contract SilentToken {
    uint8 public immutable decimals;
    uint256 public totalSupply;
    mapping(address holder => uint256 amount) public balanceOf;
    mapping(address holder => mapping(address spender => uint256 amount)) public allowance;

    error SilentTokenTooLow();

    constructor(address holder, uint256 supply, uint8 decimals_) {
        decimals = decimals_;
        totalSupply = supply;
        balanceOf[holder] = supply;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        if (balanceOf[msg.sender] < amount) revert SilentTokenTooLow();
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        if (balanceOf[from] < amount || allowance[from][msg.sender] < amount) revert SilentTokenTooLow();
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
