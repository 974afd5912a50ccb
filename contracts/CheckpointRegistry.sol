// SPDX-License-Identifier: MIT
// solhint-disable use-natspec
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {ICheckpointRegistry} from "./interfaces/ICheckpointRegistry.sol";
import {INoteTree} from "./interfaces/INoteTree.sol";
import {IPostage} from "./interfaces/IPostage.sol";
import {BabyJubjub} from "./libraries/BabyJubjub.sol";
import {CheckpointProof} from "./libraries/CheckpointProof.sol";
import {Funds} from "./libraries/Funds.sol";
import {TreeStep} from "./libraries/TreeStep.sol";

/// @title CheckpointRegistry
/// @dev Invariant: the balance is the sum of all bonds; every signer has one. A signer whose statements are all true
/// is never slashed: each proof ends in a contradiction between what it signed and the chain, or within what it signed.
contract CheckpointRegistry is ICheckpointRegistry, Ownable2Step, ReentrancyGuardTransient {
    using CheckpointProof for Signed;
    using EnumerableSet for EnumerableSet.AddressSet;
    using Funds for IERC20;
    using SafeERC20 for IERC20;
    using TreeStep for Step;

    /// @inheritdoc ICheckpointRegistry
    IERC20 public immutable token;

    /// @inheritdoc ICheckpointRegistry
    INoteTree public immutable tree;

    /// @inheritdoc ICheckpointRegistry
    IPostage.Disposal public immutable disposal;

    /// @inheritdoc ICheckpointRegistry
    bytes32 public immutable networkId;

    /// @inheritdoc ICheckpointRegistry
    uint96 public immutable bond;

    /// @inheritdoc ICheckpointRegistry
    uint256 public immutable rewardCap;

    /// @inheritdoc ICheckpointRegistry
    uint256 public threshold;

    /// @inheritdoc ICheckpointRegistry
    mapping(bytes32 signersHash => uint256 time) public inForceUntil;

    /// @inheritdoc ICheckpointRegistry
    mapping(uint256 x => mapping(uint256 y => bool)) public isIssuer;

    /// @dev The root of a log without operations.
    bytes32 private immutable _emptyRoot;

    /// @dev What a checkpoint has for signers if they stay as they are: nobody, and a threshold of 0.
    bytes32 private constant UNCHANGED = keccak256(abi.encode(uint256(0)));

    EnumerableSet.AddressSet private _signers;
    Rotation private _next;
    mapping(address signer => Bond bond) private _bonds;

    constructor(
        address owner_,
        IERC20 token_,
        INoteTree tree_,
        IPostage.Disposal disposal_,
        bytes32 networkId_,
        uint96 bond_,
        uint256 rewardCap_
    ) Ownable(owner_) {
        (token, tree, disposal, networkId) = (token_, tree_, disposal_, networkId_);
        (bond, rewardCap) = (bond_, rewardCap_);
        _emptyRoot = bytes32(TreeStep.emptyRoot());
    }

    /// @inheritdoc ICheckpointRegistry
    function deposit() external nonReentrant {
        if (_bonds[msg.sender].amount != 0) revert CheckpointRegistryAlreadyBonded(msg.sender);

        _bonds[msg.sender].amount = bond;
        emit Bonded(msg.sender, bond);
        token.collect(address(this), bond);
    }

    /// @inheritdoc ICheckpointRegistry
    function requestExit() external returns (uint256 exitAt) {
        Bond storage held = _bonds[msg.sender];
        if (held.amount == 0) revert CheckpointRegistryNotBonded(msg.sender);
        if (held.exitAt != 0) revert CheckpointRegistryExiting(held.exitAt);

        exitAt = block.timestamp + 30 days;
        held.exitAt = uint40(exitAt);
        _endOffice(msg.sender);
        emit ExitRequested(msg.sender, exitAt);
    }

    /// @inheritdoc ICheckpointRegistry
    function exit() external nonReentrant returns (uint256 amount) {
        Bond memory held = _bonds[msg.sender];
        if (held.amount == 0) revert CheckpointRegistryNotBonded(msg.sender);
        if (held.exitAt == 0 || block.timestamp < held.exitAt) revert CheckpointRegistryTooEarly(held.exitAt);

        amount = held.amount;
        delete _bonds[msg.sender];
        emit Exited(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc ICheckpointRegistry
    function announce(address[] calldata signers_, uint256 threshold_) external onlyOwner {
        _checkThreshold(threshold_, signers_.length);

        uint256 rotateAt = threshold == 0 ? block.timestamp : block.timestamp + 7 days;
        _next = Rotation(signers_, threshold_, rotateAt);
        emit RotationAnnounced(signers_, threshold_, rotateAt);
    }

    /// @inheritdoc ICheckpointRegistry
    function rotate() external {
        Rotation memory next = _next;
        if (next.rotateAt == 0 || block.timestamp < next.rotateAt) revert CheckpointRegistryNotYet(next.rotateAt);

        _keepInForce(block.timestamp + 1 days);
        _signers.clear();
        for (uint256 i = 0; i < next.signers.length; ++i) {
            Bond memory held = _bonds[next.signers[i]];
            if (held.amount != 0 && held.exitAt == 0) _signers.add(next.signers[i]);
        }
        _checkThreshold(next.threshold, _signers.length());
        threshold = next.threshold;
        _keepInForce(type(uint256).max);
        delete _next;
        emit Rotated(_signers.values(), threshold);
    }

    /// @inheritdoc ICheckpointRegistry
    function addIssuer(uint256 x, uint256 y, uint256[2] calldata eighth) external onlyOwner {
        if (!BabyJubjub.isEightTimes(x, y, eighth)) revert CheckpointRegistryKeyOutsideSubgroup(x, y);
        isIssuer[x][y] = true;
        emit IssuerAdded(x, y);
    }

    /// @inheritdoc ICheckpointRegistry
    function removeIssuer(uint256 x, uint256 y) external onlyOwner {
        isIssuer[x][y] = false;
        emit IssuerRemoved(x, y);
    }

    /// @inheritdoc ICheckpointRegistry
    function slashFalseLog(Signed calldata signed) external nonReentrant {
        signed.requireOurs(networkId, tree);
        if (!signed.isLogFalse(tree)) revert CheckpointRegistryTrue();
        _slash(signed.signers());
    }

    /// @inheritdoc ICheckpointRegistry
    function slashBrokenChain(Signed calldata signed, Header calldata previous) external nonReentrant {
        signed.requireOurs(networkId, tree);
        if (signed.isInOrder(previous, _emptyRoot)) revert CheckpointRegistryTrue();
        _slash(signed.signers());
    }

    /// @inheritdoc ICheckpointRegistry
    function slashFalseRoot(
        Signed calldata signed,
        Header calldata previous,
        bytes32[] calldata roots,
        uint256 i,
        Step calldata step
    ) external nonReentrant {
        signed.requireOurs(networkId, tree);
        signed.requireRoots(roots);
        (uint256 first, bytes32 before) = signed.base(previous, _emptyRoot);

        if (first + roots.length == signed.header.operations) {
            if (i >= roots.length) revert CheckpointRegistryNoSuchRoot(i, roots.length);
            uint256 right = step.apply_(tree, first + i, uint256(i == 0 ? before : roots[i - 1]));
            if (uint256(roots[i]) == right) revert CheckpointRegistryTrue();
        }
        _slash(signed.signers());
    }

    /// @inheritdoc ICheckpointRegistry
    function slashFalseBlock(Signed calldata signed) external nonReentrant {
        signed.requireOurs(networkId, tree);
        if (!signed.isBlockFalse()) revert CheckpointRegistryTrue();
        _slash(signed.signers());
    }

    /// @inheritdoc ICheckpointRegistry
    function slashFalseSigners(Signed calldata signed) external nonReentrant {
        signed.requireOurs(networkId, tree);
        bytes32 named = signed.header.signersHash;
        if (named == UNCHANGED || signed.header.issuedAt <= inForceUntil[named]) revert CheckpointRegistryTrue();
        _slash(signed.signers());
    }

    /// @inheritdoc ICheckpointRegistry
    function slashEquivocation(Signed calldata first, Signed calldata second) external nonReentrant {
        first.requireOurs(networkId, tree);
        second.requireOurs(networkId, tree);
        if (first.header.sequence != second.header.sequence) revert CheckpointRegistryUnrelated();
        if (first.digest() == second.digest()) revert CheckpointRegistryTrue();
        _slash(CheckpointProof.signersOfBoth(first, second));
    }

    /// @inheritdoc ICheckpointRegistry
    function signers() external view returns (address[] memory) {
        return _signers.values();
    }

    /// @inheritdoc ICheckpointRegistry
    function announced() external view returns (Rotation memory) {
        return _next;
    }

    /// @inheritdoc ICheckpointRegistry
    function bondOf(address signer) external view returns (Bond memory) {
        return _bonds[signer];
    }

    /// @inheritdoc ICheckpointRegistry
    function digestOf(Header calldata header) external pure returns (bytes32) {
        return CheckpointProof.digestOf(header);
    }

    /// @dev Takes the bonds of those who have one. A signer named twice has none the second time.
    function _slash(address[] memory accused) private {
        uint256 each = Math.min(bond / 20, rewardCap);
        uint256 count;
        for (uint256 i = 0; i < accused.length; ++i) {
            if (_bonds[accused[i]].amount == 0) continue;
            delete _bonds[accused[i]];
            _endOffice(accused[i]);
            ++count;
            emit SignerSlashed(accused[i], msg.sender, bond, each);
        }
        if (count == 0) revert CheckpointRegistryNobodyToSlash();
        token.destroy(disposal, count * (bond - each));
        if (each > 0) token.safeTransfer(msg.sender, count * each);
    }

    /// @dev Who stays is in force from now on; checkpoints may hand over to the signers as they were for another day.
    function _endOffice(address signer) private {
        if (!_signers.contains(signer)) return;
        _keepInForce(block.timestamp + 1 days);
        _signers.remove(signer);
        _keepInForce(type(uint256).max);
    }

    function _keepInForce(uint256 until) private {
        inForceUntil[keccak256(abi.encodePacked(_signers.values(), threshold))] = until;
    }

    function _checkThreshold(uint256 threshold_, uint256 count) private pure {
        if (threshold_ > count || 2 * threshold_ <= count || count > 64)
            revert CheckpointRegistryThresholdWrong(threshold_, count);
    }
}
