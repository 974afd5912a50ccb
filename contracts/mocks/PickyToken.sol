// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";

/// @title PickyToken
/// @notice For tests: a token that does not pay one account, in one of several manners; otherwise honest.
contract PickyToken is ERC20, ERC20Burnable {
    enum Manner {
        Pays,
        Reverts,
        AnswersFalse,
        BurnsAllGas,
        AnswersAtLength
    }

    address private _account;
    Manner private _manner;

    error PickyTokenWillNot(address account);

    constructor(address holder, uint256 supply) ERC20("Picky", "PICKY") {
        _mint(holder, supply);
    }

    function refuse(address account, Manner manner) external {
        (_account, _manner) = (account, manner);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (to != _account || _manner == Manner.Pays) return super.transfer(to, amount);
        if (_manner == Manner.Reverts) revert PickyTokenWillNot(to);
        if (_manner == Manner.AnswersFalse) return false;
        if (_manner == Manner.AnswersAtLength) {
            // solhint-disable-next-line no-inline-assembly
            assembly {
                revert(0, 300000)
            }
        }
        // solhint-disable-next-line no-empty-blocks
        while (true) {}
        return true;
    }
}
