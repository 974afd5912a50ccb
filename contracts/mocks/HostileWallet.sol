// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title HostileWallet
/// @notice For tests: an account that is a contract, signs everything, and uses `cost` of gas for that; or that
/// misbehaves.
contract HostileWallet is IERC1271 {
    enum Manner {
        Signs,
        BurnsAllGas,
        AnswersAtLength,
        AnswersNothing,
        Reverts
    }

    Manner private immutable _manner;
    uint256 private immutable _cost;

    error HostileWalletWillNot();

    constructor(Manner manner, uint256 cost) {
        (_manner, _cost) = (manner, cost);
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        uint256 start = gasleft();
        if (_manner == Manner.Reverts) revert HostileWalletWillNot();
        if (_manner == Manner.AnswersAtLength) {
            // solhint-disable-next-line no-inline-assembly
            assembly {
                return(0, 300000)
            }
        }
        if (_manner == Manner.AnswersNothing) {
            // solhint-disable-next-line no-inline-assembly
            assembly {
                return(0, 0)
            }
        }
        // solhint-disable-next-line no-empty-blocks
        while (_manner == Manner.BurnsAllGas || start - gasleft() < _cost) {}
        return IERC1271.isValidSignature.selector;
    }
}
