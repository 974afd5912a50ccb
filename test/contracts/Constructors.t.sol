// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {INoteTree} from "../../contracts/interfaces/INoteTree.sol";
import {IOperatorPool} from "../../contracts/interfaces/IOperatorPool.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {Code} from "../../contracts/libraries/Code.sol";
import {Built} from "./helpers/Built.sol";
import {PaymentsFixture} from "./helpers/PaymentsFixture.sol";

/// @notice What cannot be changed later is refused at once if it cannot be right.
contract ConstructorsTest is PaymentsFixture {
    bytes32 private constant NETWORK = keccak256("pennypost-local");
    IPostage.Disposal private constant BURN = IPostage.Disposal.Burn;

    function test_constructors_revertWhen_whatTheyAreGivenIsNoContract() public {
        address[2] memory wrong = [address(0), ALICE];
        for (uint256 i = 0; i < 2; i++) {
            for (uint256 way = 0; way < 11; way++) {
                IERC20 token_ = way % 2 == 0 ? IERC20(wrong[i]) : IERC20(token);
                INoteTree tree_ = way % 2 == 1 ? INoteTree(wrong[i]) : INoteTree(tree);
                vm.expectRevert(abi.encodeWithSelector(Code.CodeMissing.selector, wrong[i]));
                if (way < 2) Built.newPostage(OWNER, token_, tree_, BURN);
                else if (way < 4) Built.newPayments(OWNER, token_, tree_, BURN, address(pool), _floor());
                else if (way < 6) Built.newStakeRegistry(OWNER, token_, tree_, BURN, 1);
                else if (way == 6) Built.newOperatorPool(OWNER, token_);
                else if (way < 9) Built.newCheckpointRegistry(OWNER, token_, tree_, BURN, NETWORK, 1, 1);
                else if (way == 9) Built.newPayments(OWNER, token, tree, BURN, wrong[i], _floor());
                else Built.newNotice(OWNER, token_, BURN, 1);
            }
        }
    }

    function test_theCheckpointRegistry_revertsWhen_theNetworkOrTheBondIsMissing() public {
        for (uint96 bond = 0; bond < 2; bond++) {
            vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryIncomplete.selector));
            Built.newCheckpointRegistry(OWNER, token, tree, BURN, bond == 0 ? NETWORK : bytes32(0), bond, 1);
        }
        Built.newCheckpointRegistry(OWNER, token, tree, BURN, NETWORK, 1, 0);
    }

    function test_addOperator_revertsFor_nobody() public {
        vm.expectRevert(abi.encodeWithSelector(IOperatorPool.OperatorPoolOperatorWrong.selector, address(0)));
        vm.prank(OWNER);
        pool.addOperator(address(0));
    }
}
