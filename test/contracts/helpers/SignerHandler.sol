// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CheckpointRegistry} from "../../../contracts/CheckpointRegistry.sol";
import {ICheckpointRegistry} from "../../../contracts/interfaces/ICheckpointRegistry.sol";
import {TestBase} from "./TestBase.sol";

/// @notice What signers, reporters and the owner can do to bonds, in any order, with books of its own. Signers are the
/// accounts of keys `key`…`key + 3`.
contract SignerHandler is TestBase {
    uint256 private constant SIGNERS = 4;
    uint256 private constant BOND = 1_000e18;
    CheckpointRegistry private immutable _registry;
    address private immutable _reporter;
    uint256 private immutable _key;

    uint256 public deposited;
    uint256 public burned;
    uint256 public rewarded;
    uint256 public returned;

    constructor(CheckpointRegistry registry, address reporter, uint256 key) {
        (_registry, _reporter, _key) = (registry, reporter, key);
    }

    function deposit(uint256 number) external {
        address signer = signerAt(number);
        bool isRefused = _registry.bondOf(signer).amount != 0 || _registry.token().balanceOf(signer) < BOND;
        vm.prank(signer);
        try _registry.deposit() {
            vm.assertFalse(isRefused);
            deposited += BOND;
        } catch {
            vm.assertTrue(isRefused);
        }
    }

    function leave(uint256 number) external {
        address signer = signerAt(number);
        ICheckpointRegistry.Bond memory held = _registry.bondOf(signer);
        if (held.amount == 0) return;
        vm.prank(signer);
        if (held.exitAt == 0) {
            _registry.requestExit();
        } else if (block.timestamp >= held.exitAt) {
            vm.assertEq(_registry.exit(), BOND);
            returned += BOND;
        } else {
            vm.expectRevert(
                abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryTooEarly.selector, held.exitAt)
            );
            _registry.exit();
        }
    }

    function announce(uint256 mask) external {
        uint256 count = 0;
        for (uint256 i = 0; i < SIGNERS; i++) count += (mask >> i) & 1;
        if (count == 0) return;
        address[] memory next = new address[](count);
        for (uint256 i = 0; i < SIGNERS; i++) if ((mask >> i) & 1 == 1) next[--count] = signerAt(i);
        vm.prank(OWNER);
        _registry.announce(next, next.length / 2 + 1);
    }

    function rotate() external {
        // solhint-disable-next-line no-empty-blocks
        try _registry.rotate() {} catch {}
    }

    /// @notice Some signers sign two checkpoints with one number.
    function cheat(uint256 mask) external {
        uint256 guilty = 0;
        uint256 count = 0;
        for (uint256 i = 0; i < SIGNERS; i++) {
            if ((mask >> i) & 1 == 0) continue;
            count++;
            if (_registry.bondOf(signerAt(i)).amount != 0) guilty++;
        }
        ICheckpointRegistry.Signed memory first = _signed(mask, count, 1);
        ICheckpointRegistry.Signed memory second = _signed(mask, count, 2);
        vm.prank(_reporter);
        try _registry.slashEquivocation(first, second) {
            vm.assertTrue(guilty > 0);
            burned += guilty * (BOND - 40e18);
            rewarded += guilty * 40e18;
        } catch {
            vm.assertEq(guilty, 0);
        }
    }

    function wait(uint32 time) external {
        vm.warp(block.timestamp + (time % 20 days));
    }

    /// @notice What all bonds are together.
    function bonded() external view returns (uint256 sum) {
        for (uint256 i = 0; i < SIGNERS; i++) sum += _registry.bondOf(signerAt(i)).amount;
    }

    function signerAt(uint256 number) public view returns (address) {
        return vm.addr(_key + (number % SIGNERS));
    }

    function _signed(
        uint256 mask,
        uint256 count,
        uint256 blockNumber
    ) private view returns (ICheckpointRegistry.Signed memory signed) {
        signed.header.networkId = _registry.networkId();
        signed.header.chainId = block.chainid;
        signed.header.noteTree = address(_registry.tree());
        signed.header.registry = address(_registry);
        signed.header.blockNumber = blockNumber;
        signed.signatures = new bytes[](count);
        bytes32 digest = _registry.digestOf(signed.header);
        for (uint256 i = 0; i < SIGNERS; i++) {
            if ((mask >> i) & 1 == 0) continue;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key + i, digest);
            signed.signatures[--count] = abi.encodePacked(r, s, v);
        }
    }
}
