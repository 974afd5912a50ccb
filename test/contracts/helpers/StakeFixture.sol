// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";
import {PoseidonT4} from "poseidon-solidity/PoseidonT4.sol";
import {NoteTree} from "../../../contracts/NoteTree.sol";
import {PostageToken} from "../../../contracts/PostageToken.sol";
import {StakeRegistry} from "../../../contracts/StakeRegistry.sol";
import {IPostage} from "../../../contracts/interfaces/IPostage.sol";
import {IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {ClassId} from "../../../contracts/libraries/ClassId.sol";
import {Built} from "./Built.sol";
import {TestBase} from "./TestBase.sol";

/// @notice A stake registry as it goes live, with class 1 open; Alice, Bob and Mallory have tokens.
abstract contract StakeFixture is TestBase {
    uint256 internal constant SUPPLY = 1_000_000_000e18;
    uint256 internal constant REWARD_CAP = 4e18;
    uint256 internal constant BASIC = 1;
    uint256 internal constant BLOCK = 12 seconds;
    uint256 internal constant LIFE = 10 minutes;
    uint256 internal constant WAIT = 1 hours + 2 hours + 1 days;

    PostageToken internal token;
    NoteTree internal tree;
    StakeRegistry internal stakes;

    function setUp() public virtual {
        vm.warp(1_795_000_000);
        token = Built.newPostageToken(ALICE, SUPPLY);
        (tree, stakes) = _deploy(token, IPostage.Disposal.Burn);
        address[3] memory stakers = [ALICE, BOB, MALLORY];
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(ALICE);
            token.transfer(stakers[i], 10_000e18);
            vm.prank(stakers[i]);
            token.approve(address(stakes), type(uint256).max);
        }
    }

    function _deploy(
        IERC20 token_,
        IPostage.Disposal disposal
    ) internal returns (NoteTree tree_, StakeRegistry stakes_) {
        tree_ = Built.newNoteTree(OWNER, 2 ** 20);
        stakes_ = Built.newStakeRegistry(OWNER, token_, tree_, disposal, REWARD_CAP);
        vm.prank(OWNER);
        tree_.addInserter(address(stakes_), ClassId.STAKE);
        vm.prank(OWNER);
        stakes_.addClass(_terms());
    }

    function _terms() internal pure returns (IStakeRegistry.Class memory) {
        return
            IStakeRegistry.Class({
                amount: 100e18,
                penalty: 60e18,
                limit: 20,
                epochLength: 1 hours,
                unitsPerTicket: 64,
                laneTtl: 1 days,
                rootWindow: 2 hours
            });
    }

    /// @notice What an account with this secret and person declares.
    function _opening(uint256 secret, uint256 person) internal pure returns (IStakeRegistry.Opening memory) {
        uint256 secretHash = PoseidonT3.hash([7, secret]);
        uint256 personHash = PoseidonT3.hash([6, person]);
        return IStakeRegistry.Opening(PoseidonT4.hash([1, secretHash, personHash]), secretHash, personHash);
    }

    function _stake(address staker, uint256 secret) internal returns (IStakeRegistry.Opening memory opening) {
        opening = _opening(secret, 5);
        vm.prank(staker);
        stakes.stake(BASIC, opening);
    }

    function _commit(address reporter, address staker, uint256 secret) internal {
        _commitTo(reporter, stakes.reportOf(reporter, staker, secret));
    }

    /// @notice Commits, and goes on to the next block.
    function _commitTo(address reporter, bytes32 report) internal {
        vm.prank(reporter);
        stakes.commitSlash(report);
        vm.warp(block.timestamp + BLOCK);
    }

    function _slashFalse(address reporter, address staker, IStakeRegistry.Opening memory opening) internal {
        _commitTo(reporter, stakes.falseReportOf(reporter, staker));
        vm.prank(reporter);
        stakes.slashFalseOpening(staker, opening);
    }

    function _slash(address reporter, address staker, IStakeRegistry.Opening memory opening, uint256 secret) internal {
        _commit(reporter, staker, secret);
        vm.prank(reporter);
        stakes.slash(staker, opening, secret);
    }

    /// @notice Collects a reward when its race is over.
    function _collect(uint256 leafIndex) internal {
        vm.warp(block.timestamp + LIFE);
        stakes.collectReward(leafIndex);
    }
}
