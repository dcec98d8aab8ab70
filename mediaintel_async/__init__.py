"""Async client for NAVER Cloud Media Intelligence: start once, wait well, lose nothing."""

import sys
from typing import TYPE_CHECKING

from mediaintel_async.public import load_lazily

# The public names, and the module that defines each. Importing the package loads none of them:
# `mediaintel --help`, or a pytest run that loads the plugin, must not pay for loading a client.
if TYPE_CHECKING or not load_lazily(globals()):
    from mediaintel_async.client import MediaIntelligence as MediaIntelligence
    from mediaintel_async.clock import Clock as Clock
    from mediaintel_async.clock import FastClock as FastClock
    from mediaintel_async.clock import ManualClock as ManualClock
    from mediaintel_async.clock import SystemClock as SystemClock
    from mediaintel_async.decisions.next_step import Stage as Stage
    from mediaintel_async.decisions.pipeline_status import PipelineStatus as PipelineStatus
    from mediaintel_async.errors import AnswerLost as AnswerLost
    from mediaintel_async.errors import ApiError as ApiError
    from mediaintel_async.errors import AuthenticationFailed as AuthenticationFailed
    from mediaintel_async.errors import ClientClosed as ClientClosed
    from mediaintel_async.errors import ConfigurationError as ConfigurationError
    from mediaintel_async.errors import Conflict as Conflict
    from mediaintel_async.errors import ConnectTimeout as ConnectTimeout
    from mediaintel_async.errors import Detached as Detached
    from mediaintel_async.errors import InvalidAnswer as InvalidAnswer
    from mediaintel_async.errors import InvalidArgument as InvalidArgument
    from mediaintel_async.errors import InvalidRequest as InvalidRequest
    from mediaintel_async.errors import JobCanceled as JobCanceled
    from mediaintel_async.errors import JobError as JobError
    from mediaintel_async.errors import JobFailed as JobFailed
    from mediaintel_async.errors import JobNeverStarted as JobNeverStarted
    from mediaintel_async.errors import JobSuperseded as JobSuperseded
    from mediaintel_async.errors import MediaIntelligenceError as MediaIntelligenceError
    from mediaintel_async.errors import NotFound as NotFound
    from mediaintel_async.errors import NotSent as NotSent
    from mediaintel_async.errors import OutcomeUnknown as OutcomeUnknown
    from mediaintel_async.errors import PermissionDenied as PermissionDenied
    from mediaintel_async.errors import QuotaExceeded as QuotaExceeded
    from mediaintel_async.errors import RequestTimeout as RequestTimeout
    from mediaintel_async.errors import RequestTooLarge as RequestTooLarge
    from mediaintel_async.errors import ServerError as ServerError
    from mediaintel_async.errors import StillRunning as StillRunning
    from mediaintel_async.errors import TooManyRequests as TooManyRequests
    from mediaintel_async.errors import TransportError as TransportError
    from mediaintel_async.errors import UsageError as UsageError
    from mediaintel_async.http.credentials import Credentials as Credentials
    from mediaintel_async.http.credentials import CredentialsProvider as CredentialsProvider
    from mediaintel_async.http.rate_limit import Rate as Rate
    from mediaintel_async.jobs.job import Cancellation as Cancellation
    from mediaintel_async.jobs.job import Job as Job
    from mediaintel_async.jobs.jobs import Jobs as Jobs
    from mediaintel_async.legacy import LegacyApiWarning as LegacyApiWarning
    from mediaintel_async.models.assets import Asset as Asset
    from mediaintel_async.models.assets import AssetMetaData as AssetMetaData
    from mediaintel_async.models.assets import ImportState as ImportState
    from mediaintel_async.models.assets import ImportStatus as ImportStatus
    from mediaintel_async.models.assets import RegisteredAsset as RegisteredAsset
    from mediaintel_async.models.common import JobStatus as JobStatus
    from mediaintel_async.models.common import Page as Page
    from mediaintel_async.models.indexes import ConfidenceLevel as ConfidenceLevel
    from mediaintel_async.models.indexes import Index as Index
    from mediaintel_async.models.indexes import IndexOptions as IndexOptions
    from mediaintel_async.models.indexes import IndexRequested as IndexRequested
    from mediaintel_async.models.indexes import IndexState as IndexState
    from mediaintel_async.models.indexes import IndexStatus as IndexStatus
    from mediaintel_async.models.indexes import SceneRange as SceneRange
    from mediaintel_async.models.person_tags import PersonTag as PersonTag
    from mediaintel_async.models.persons import MergedPersons as MergedPersons
    from mediaintel_async.models.persons import NewThumbnail as NewThumbnail
    from mediaintel_async.models.persons import Person as Person
    from mediaintel_async.models.persons import PersonNameType as PersonNameType
    from mediaintel_async.models.persons import PersonQuery as PersonQuery
    from mediaintel_async.models.persons import PersonSortColumn as PersonSortColumn
    from mediaintel_async.models.persons import PersonTags as PersonTags
    from mediaintel_async.models.persons import PersonThumbnail as PersonThumbnail
    from mediaintel_async.models.persons import PersonThumbnails as PersonThumbnails
    from mediaintel_async.models.persons import RecommendedPersons as RecommendedPersons
    from mediaintel_async.models.persons import SimilarPerson as SimilarPerson
    from mediaintel_async.models.persons import SimilarPersons as SimilarPersons
    from mediaintel_async.models.persons import SortType as SortType
    from mediaintel_async.models.projects import Project as Project
    from mediaintel_async.models.scene_summaries import SceneSummary as SceneSummary
    from mediaintel_async.models.scene_summaries import SceneSummaryInfo as SceneSummaryInfo
    from mediaintel_async.models.scene_summaries import (
        SceneSummaryRequested as SceneSummaryRequested,
    )
    from mediaintel_async.models.scene_summaries import SceneSummaryState as SceneSummaryState
    from mediaintel_async.models.scene_summaries import SceneSummaryStatus as SceneSummaryStatus
    from mediaintel_async.models.search import SearchHit as SearchHit
    from mediaintel_async.models.search import SearchQuery as SearchQuery
    from mediaintel_async.models.search import SearchRequested as SearchRequested
    from mediaintel_async.models.search import SearchResult as SearchResult
    from mediaintel_async.models.search import SearchState as SearchState
    from mediaintel_async.models.search import SearchStatus as SearchStatus
    from mediaintel_async.models.uploads import UploadAddress as UploadAddress
    from mediaintel_async.models.uploads import UploadState as UploadState
    from mediaintel_async.models.uploads import UploadStatus as UploadStatus
    from mediaintel_async.models.workspaces import CreatedWorkspace as CreatedWorkspace
    from mediaintel_async.models.workspaces import Workspace as Workspace
    from mediaintel_async.refs import AssetRef as AssetRef
    from mediaintel_async.refs import ProjectRef as ProjectRef
    from mediaintel_async.request import Request as Request
    from mediaintel_async.settings import RateLimit as RateLimit
    from mediaintel_async.settings import RetryPolicy as RetryPolicy
    from mediaintel_async.settings import Timeouts as Timeouts
    from mediaintel_async.waiting.cadence import wait_until_likely_done as wait_until_likely_done

# Pickles of version 0.1.0 name these two modules, which have moved. The package stands for them,
# as it has their public names.
for _moved in ("job", "pipeline"):
    sys.modules[f"{__name__}.{_moved}"] = sys.modules[__name__]
