// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {CheckpointRegistry} from "../../../contracts/CheckpointRegistry.sol";
import {ConnectionResolver} from "../../../contracts/ConnectionResolver.sol";
import {NoteTree} from "../../../contracts/NoteTree.sol";
import {Notice} from "../../../contracts/Notice.sol";
import {OperatorPool} from "../../../contracts/OperatorPool.sol";
import {Payments} from "../../../contracts/Payments.sol";
import {Postage} from "../../../contracts/Postage.sol";
import {PostageToken} from "../../../contracts/PostageToken.sol";
import {StakeRegistry} from "../../../contracts/StakeRegistry.sol";
import {INoteTree} from "../../../contracts/interfaces/INoteTree.sol";
import {IPayments} from "../../../contracts/interfaces/IPayments.sol";
import {IPostage} from "../../../contracts/interfaces/IPostage.sol";
import {Vm} from "./TestBase.sol";

/// @notice Deploys the contracts as they are built for a network, with the optimizer, from code that no test contains:
/// tests themselves are compiled without it, in a third of the time.
library Built {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function newCheckpointRegistry(
        address owner,
        IERC20 token,
        INoteTree tree,
        IPostage.Disposal disposal,
        bytes32 networkId,
        uint96 bond,
        uint256 rewardCap
    ) internal returns (CheckpointRegistry) {
        bytes memory args = abi.encode(owner, token, tree, disposal, networkId, bond, rewardCap);
        return CheckpointRegistry(_create("CheckpointRegistry", args));
    }

    function newConnectionResolver(IEAS eas, bytes32 networkId) internal returns (ConnectionResolver) {
        return ConnectionResolver(payable(_create("ConnectionResolver", abi.encode(eas, networkId))));
    }

    function newNoteTree(address owner, uint256 capacity) internal returns (NoteTree) {
        return NoteTree(_create("NoteTree", abi.encode(owner, capacity)));
    }

    function newNotice(
        address owner,
        IERC20 token,
        IPostage.Disposal disposal,
        uint256 price
    ) internal returns (Notice) {
        return Notice(_create("Notice", abi.encode(owner, token, disposal, price)));
    }

    function newOperatorPool(address owner, IERC20 token) internal returns (OperatorPool) {
        return OperatorPool(_create("OperatorPool", abi.encode(owner, token)));
    }

    function newPayments(
        address owner,
        IERC20 token,
        INoteTree tree,
        IPostage.Disposal disposal,
        address operatorPool,
        IPayments.Floor memory floor
    ) internal returns (Payments) {
        return Payments(_create("Payments", abi.encode(owner, token, tree, disposal, operatorPool, floor)));
    }

    function newPostage(
        address owner,
        IERC20 token,
        INoteTree tree,
        IPostage.Disposal disposal
    ) internal returns (Postage) {
        return Postage(_create("Postage", abi.encode(owner, token, tree, disposal)));
    }

    function newPostageToken(address holder, uint256 supply) internal returns (PostageToken) {
        return PostageToken(_create("PostageToken", abi.encode(holder, supply)));
    }

    function newStakeRegistry(
        address owner,
        IERC20 token,
        INoteTree tree,
        IPostage.Disposal disposal,
        uint256 rewardCap
    ) internal returns (StakeRegistry) {
        return StakeRegistry(_create("StakeRegistry", abi.encode(owner, token, tree, disposal, rewardCap)));
    }

    /// @dev Reverts with what the constructor reverts with.
    function _create(string memory name, bytes memory args) private returns (address created) {
        bytes memory code = bytes.concat(vm.getCode(string.concat(name, ".sol:", name)), args);
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
            if iszero(created) {
                let free := mload(0x40)
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }
}
