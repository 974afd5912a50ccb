// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Notice} from "../../contracts/Notice.sol";
import {PostageToken} from "../../contracts/PostageToken.sol";
import {IERC5192} from "../../contracts/interfaces/IERC5192.sol";
import {INotice} from "../../contracts/interfaces/INotice.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {Funds} from "../../contracts/libraries/Funds.sol";
import {CrookedToken} from "../../contracts/mocks/CrookedToken.sol";
import {Built} from "./helpers/Built.sol";
import {TestBase} from "./helpers/TestBase.sol";

contract NoticeTest is TestBase {
    uint256 private constant SUPPLY = 1_000_000e18;
    uint256 private constant PRICE = 3e18;
    uint256 private constant CAROLS_KEY = 0xCA401;
    uint256 private constant BOBS = uint256(uint160(BOB));

    PostageToken private _token;
    Notice private _notice;

    function setUp() public {
        vm.warp(1_795_000_000);
        _token = Built.newPostageToken(ALICE, SUPPLY);
        _notice = Built.newNotice(OWNER, _token, IPostage.Disposal.Burn, PRICE);
        vm.prank(ALICE);
        _token.approve(address(_notice), type(uint256).max);
    }

    function test_constructor_showsItsParameters() public {
        vm.assertEq(address(_notice.token()), address(_token));
        vm.assertEq(_notice.price(), PRICE);
        vm.assertTrue(_notice.disposal() == IPostage.Disposal.Burn);
        vm.assertEq(_notice.name(), "Pennypost Notice");
        vm.assertEq(_notice.symbol(), "NOTICE");
        vm.expectRevert(abi.encodeWithSelector(INotice.NoticePriceWrong.selector));
        Built.newNotice(OWNER, _token, IPostage.Disposal.Burn, 0);
    }

    function testFuzz_notify_mintsOnceCountsAlwaysAndBurnsThePrice(address recipient, uint8 times) public {
        vm.assume(recipient != address(0));
        uint256 id = uint256(uint160(recipient));
        uint256 count = _bound(times, 1, 20);
        vm.expectEmit(address(_notice));
        emit IERC721.Transfer(address(0), recipient, id);
        vm.expectEmit(address(_notice));
        emit IERC5192.Locked(id);
        for (uint256 i = 1; i <= count; i++) {
            vm.expectEmit(address(_notice));
            emit INotice.Notified(ALICE, recipient, i);
            _tell(recipient);
        }

        vm.assertEq(_notice.ownerOf(id), recipient);
        vm.assertEq(_notice.balanceOf(recipient), 1);
        vm.assertEq(_notice.mailOf(recipient).count, count);
        vm.assertTrue(_notice.locked(id));
        vm.assertEq(_token.totalSupply(), SUPPLY - count * PRICE);
        vm.assertEq(_token.balanceOf(address(_notice)), 0);
    }

    function test_notify_keepsTheFirstAndTheLastTime() public {
        _tell(BOB);
        vm.warp(block.timestamp + 5 days);
        _tell(BOB);
        vm.assertEq(_notice.mailOf(BOB).firstAt, 1_795_000_000);
        vm.assertEq(_notice.mailOf(BOB).lastAt, 1_795_000_000 + 5 days);
    }

    function test_optOut_worksBeforeTheFirstNotice() public {
        vm.recordLogs();
        vm.prank(BOB);
        _notice.optOut();
        vm.assertEq(vm.getRecordedLogs().length, 1); // there was no token to burn
        vm.assertTrue(_notice.mailOf(BOB).isOptedOut);
        uint256 supply = _token.totalSupply();
        vm.expectRevert(abi.encodeWithSelector(INotice.NoticeRefused.selector, BOB));
        _tell(BOB);
        vm.assertEq(_token.totalSupply(), supply);
        vm.prank(BOB);
        _notice.optIn();
        _tell(BOB);
        vm.assertEq(_notice.mailOf(BOB).count, 1);
    }

    function test_optOut_burnsTheToken_untilOptIn() public {
        _tell(BOB);
        vm.expectEmit(address(_notice));
        emit IERC721.Transfer(BOB, address(0), BOBS);
        vm.expectEmit(address(_notice));
        emit INotice.OptedOut(BOB);
        vm.prank(BOB);
        _notice.optOut();
        vm.assertEq(_notice.balanceOf(BOB), 0);
        vm.expectRevert(abi.encodeWithSelector(INotice.NoticeRefused.selector, BOB));
        vm.prank(BOB);
        _notice.optOut();
        vm.expectRevert(abi.encodeWithSelector(INotice.NoticeRefused.selector, BOB));
        _tell(BOB);

        vm.expectEmit(address(_notice));
        emit INotice.OptedIn(BOB);
        vm.prank(BOB);
        _notice.optIn();
        vm.expectRevert(abi.encodeWithSelector(INotice.NoticeNotOptedOut.selector, BOB));
        vm.prank(BOB);
        _notice.optIn();
        _tell(BOB);
        vm.assertEq(_notice.mailOf(BOB).count, 2);
        vm.assertEq(_notice.ownerOf(BOBS), BOB);
    }

    function test_theToken_neverMoves() public {
        _tell(BOB);
        for (uint256 i = 0; i < 5; i++) {
            vm.expectRevert(abi.encodeWithSelector(INotice.NoticeBound.selector, BOBS));
            vm.prank(BOB);
            if (i == 0) _notice.transferFrom(BOB, ALICE, BOBS);
            if (i == 1) _notice.safeTransferFrom(BOB, ALICE, BOBS);
            if (i == 2) _notice.safeTransferFrom(BOB, ALICE, BOBS, "");
            if (i == 3) _notice.approve(ALICE, BOBS);
            if (i == 4) _notice.setApprovalForAll(ALICE, true);
        }
        vm.assertEq(_notice.getApproved(BOBS), address(0));
        vm.assertFalse(_notice.isApprovedForAll(BOB, ALICE));
    }

    function test_whatDoesNotExist_isRefused() public {
        uint256[3] memory unknown = [BOBS, BOBS + (1 << 160), 0];
        for (uint256 i = 0; i < 3; i++) {
            if (i == 1) _tell(BOB);
            for (uint256 j = 0; j < 4; j++) {
                vm.expectRevert(abi.encodeWithSelector(INotice.NoticeUnknown.selector, unknown[i]));
                if (j == 0) _notice.ownerOf(unknown[i]);
                if (j == 1) _notice.tokenURI(unknown[i]);
                if (j == 2) _notice.locked(unknown[i]);
                if (j == 3) _notice.getApproved(unknown[i]);
            }
        }
        vm.expectRevert(abi.encodeWithSelector(INotice.NoticeRecipientWrong.selector, address(0)));
        _tell(address(0));
        vm.expectRevert(abi.encodeWithSelector(INotice.NoticeRecipientWrong.selector, address(0)));
        _notice.balanceOf(address(0));
    }

    function test_supportsInterface_namesTheStandards() public view {
        bytes4[4] memory known = [bytes4(0x01ffc9a7), 0x80ac58cd, 0x5b5e139f, 0xb45a3c0e];
        for (uint256 i = 0; i < 4; i++) vm.assertTrue(_notice.supportsInterface(known[i]));
        vm.assertFalse(_notice.supportsInterface(0xffffffff));
    }

    function test_pause_stopsNewNoticesOnly() public {
        _tell(BOB);
        vm.prank(OWNER);
        _notice.pause();
        vm.expectRevert(abi.encodeWithSignature("EnforcedPause()"));
        _tell(MALLORY);
        vm.prank(BOB);
        _notice.optOut();
        vm.prank(BOB);
        _notice.optIn();
        vm.prank(OWNER);
        _notice.unpause();
        _tell(MALLORY);

        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        _notice.pause();
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        _notice.unpause();
    }

    function testFuzz_notifyWithPermit_takesExactlyThePrice(bool isFirstByAStranger) public {
        address carol = vm.addr(CAROLS_KEY);
        vm.prank(ALICE);
        _token.transfer(carol, PRICE);
        bytes32 kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 fields = keccak256(abi.encode(kind, carol, address(_notice), PRICE, 0, block.timestamp));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", _token.DOMAIN_SEPARATOR(), fields));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CAROLS_KEY, digest);
        if (isFirstByAStranger) _token.permit(carol, address(_notice), PRICE, block.timestamp, v, r, s);
        vm.prank(carol);
        vm.assertEq(_notice.notifyWithPermit(BOB, IPostage.Permit(block.timestamp, v, r, s)), 1);
        vm.assertEq(_token.balanceOf(carol), 0);
    }

    function test_notify_revertsWhen_theTokenDestroysNothing() public {
        IERC20 crooked = new CrookedToken(ALICE, SUPPLY, 0);
        for (uint256 i = 0; i < 2; i++) {
            IPostage.Disposal disposal = i == 0 ? IPostage.Disposal.Burn : IPostage.Disposal.Bury;
            _notice = Built.newNotice(OWNER, crooked, disposal, PRICE);
            vm.prank(ALICE);
            crooked.approve(address(_notice), PRICE);
            vm.expectRevert(abi.encodeWithSelector(Funds.FundsNotDestroyed.selector, PRICE, 0));
            _tell(BOB);
        }
    }

    function _tell(address recipient) private {
        vm.prank(ALICE);
        _notice.notify(recipient);
    }
}
