// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title PostageToken
/// @notice A DEVELOPMENT token. It stands in for $XMTP where that is not deployed: local chains and test networks.
/// It has no value and is no claim on anything. A deployment with a real token does not use this contract.
/// @dev Invariant: the supply is what the constructor minted less what was burned; nothing else mints.
contract PostageToken is ERC20, ERC20Burnable, ERC20Permit {
    constructor(address holder, uint256 supply) ERC20("Development XMTP", "devXMTP") ERC20Permit("Development XMTP") {
        _mint(holder, supply);
    }
}
