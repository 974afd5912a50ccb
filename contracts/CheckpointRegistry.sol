// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {ICheckpointRegistry} from "./interfaces/ICheckpointRegistry.sol";
import {INoteTree} from "./interfaces/INoteTree.sol";
import {IPostage} from "./interfaces/IPostage.sol";
import {BabyJubjub} from "./libraries/BabyJubjub.sol";
import {CheckpointProof} from "./libraries/CheckpointProof.sol";
import {Code} from "./libraries/Code.sol";
import {Funds} from "./libraries/Funds.sol";
import {NetworkTerms} from "./libraries/NetworkTerms.sol";
import {TreeStep} from "./libraries/TreeStep.sol";

/// @title CheckpointRegistry
/// @notice What `ICheckpointRegistry` says.
/// @dev Invariant: the balance is the sum of all bonds; every signer has one. A signer whose statements are all true
/// is never slashed: each proof ends in a contradiction between what it signed and the chain, or within what it signed.
contract CheckpointRegistry is ICheckpointRegistry, Ownable2Step, ReentrancyGuardTransient {
    using CheckpointProof for Signed;
    using EnumerableSet for EnumerableSet.AddressSet;
    using Funds for IERC20;
    using NetworkTerms for Choice;
    using NetworkTerms for Terms;
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
    uint8 public immutable decimals;

    /// @inheritdoc ICheckpointRegistry
    uint256 public threshold;

    /// @inheritdoc ICheckpointRegistry
    uint256 public officeEndsAt;

    /// @inheritdoc ICheckpointRegistry
    bytes32 public termsHash;

    /// @inheritdoc ICheckpointRegistry
    uint256 public changeCount;

    /// @inheritdoc ICheckpointRegistry
    mapping(bytes32 signersHash => uint256 time) public signersInForceUntil;

    /// @inheritdoc ICheckpointRegistry
    mapping(bytes32 termsHash => uint256 time) public termsInForceUntil;

    /// @inheritdoc ICheckpointRegistry
    mapping(uint256 x => mapping(uint256 y => bool)) public isIssuer;

    /// @dev The root of a log without operations.
    bytes32 private immutable _emptyRoot;

    uint256 private constant NOTICE = 7 days;
    uint256 private constant OFFICE = 90 days;

    /// @dev What was in force may be named for so long afterwards.
    uint256 private constant AFTERWARDS = 1 days;

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
        if (networkId == 0 || bond == 0) revert CheckpointRegistryIncomplete();
        Code.requireAt(address(token_));
        Code.requireAt(address(tree_));
        decimals = IERC20Metadata(address(token_)).decimals();
        _emptyRoot = TreeStep.emptyRoot();
        _enterOffice();
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

        exitAt = Math.max(block.timestamp + 30 days, officeEndsAt + AFTERWARDS);
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

        bool isVacant = _signers.length() == 0 || block.timestamp > officeEndsAt;
        uint256 rotateAt = isVacant ? block.timestamp : block.timestamp + NOTICE;
        _next = Rotation(signers_, threshold_, rotateAt);
        emit RotationAnnounced(signers_, threshold_, rotateAt);
    }

    /// @inheritdoc ICheckpointRegistry
    function rotate() external {
        Rotation memory next = _next;
        if (next.rotateAt == 0 || block.timestamp < next.rotateAt) revert CheckpointRegistryNotYet(next.rotateAt);
        if (block.timestamp > next.rotateAt + NOTICE) revert CheckpointRegistryTooLate(next.rotateAt + NOTICE);

        _leaveOffice();
        _signers.clear();
        for (uint256 i = 0; i < next.signers.length; ++i) {
            Bond memory held = _bonds[next.signers[i]];
            if (held.amount != 0 && held.exitAt == 0) _signers.add(next.signers[i]);
        }
        if (_signers.length() == 0) revert CheckpointRegistryThresholdWrong(next.threshold, 0);
        (threshold, officeEndsAt) = (next.threshold, block.timestamp + OFFICE);
        _enterOffice();
        delete _next;
    }

    /// @inheritdoc ICheckpointRegistry
    function setTerms(Choice calldata chosen) external onlyOwner {
        Terms memory terms = chosen.resolve(decimals, tree, isIssuer);
        _end(termsInForceUntil, termsHash);
        termsHash = terms.hashOf();
        termsInForceUntil[termsHash] = type(uint256).max;
        ++changeCount;
        emit TermsInForce(termsHash, terms);
    }

    /// @inheritdoc ICheckpointRegistry
    function addIssuer(uint256 x, uint256 y, uint256[2] calldata eighth) external onlyOwner {
        if (!BabyJubjub.isEightTimes(x, y, eighth)) revert CheckpointRegistryKeyOutsideSubgroup(x, y);
        isIssuer[x][y] = true;
        emit IssuerAdded(x, y);
    }

    /// @inheritdoc ICheckpointRegistry
    function removeIssuer(uint256 x, uint256 y) external onlyOwner {
        if (!isIssuer[x][y]) revert CheckpointRegistryIssuerUnknown(x, y);
        isIssuer[x][y] = false;
        emit IssuerRemoved(x, y);
    }

    /// @inheritdoc ICheckpointRegistry
    function slashFalseHeader(Signed calldata signed) external nonReentrant {
        signed.requireOurs(networkId, tree);
        Header calldata header = signed.header;
        bool isPast =
            header.issuedAt > signersInForceUntil[header.signersHash] ||
                header.issuedAt > termsInForceUntil[header.termsHash];
        if (!isPast && !signed.isLogFalse(tree) && !signed.isBlockFalse()) revert CheckpointRegistryTrue();
        _slash(signed.signers());
    }

    /// @inheritdoc ICheckpointRegistry
    function slashFalseLeaks(Signed calldata signed, uint256[] calldata leaks, uint256 secret) external nonReentrant {
        signed.requireOurs(networkId, tree);
        if (!signed.areLeaksFalse(leaks, secret, tree)) revert CheckpointRegistryTrue();
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
            bytes32 right = step.apply_(tree, first + i, i == 0 ? before : roots[i - 1]);
            if (roots[i] == right) revert CheckpointRegistryTrue();
        }
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

    /// @dev Who stays is in force from now on, and as many of them as can be are still enough.
    function _endOffice(address signer) private {
        if (!_signers.contains(signer)) return;
        _leaveOffice();
        _signers.remove(signer);
        _enterOffice();
    }

    function _enterOffice() private {
        uint256 count = _signers.length();
        threshold = Math.min(threshold, count);
        if (count == 0) officeEndsAt = 0;
        signersInForceUntil[_signersHash()] = count == 0 ? type(uint256).max : officeEndsAt;
        ++changeCount;
        emit SignersInForce(_signers.values(), threshold, officeEndsAt);
    }

    function _leaveOffice() private {
        _end(signersInForceUntil, _signersHash());
    }

    function _end(mapping(bytes32 hash => uint256 time) storage inForceUntil, bytes32 hash) private {
        inForceUntil[hash] = Math.min(inForceUntil[hash], block.timestamp + AFTERWARDS);
    }

    function _signersHash() private view returns (bytes32) {
        return keccak256(abi.encodePacked(_signers.values(), threshold, officeEndsAt));
    }

    function _checkThreshold(uint256 threshold_, uint256 count) private pure {
        if (threshold_ > count || 2 * threshold_ <= count || count > 64)
            revert CheckpointRegistryThresholdWrong(threshold_, count);
    }
}
